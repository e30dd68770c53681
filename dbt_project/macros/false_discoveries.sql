{#- Benjamini and Hochberg (1995): q = the smallest m * p / rank among the p that are as large or larger, at
    most 1. Two windows cannot be nested, so it takes two steps; both are over the same family, the columns
    within which comparisons are shown together. Rows without a p belong to no family: leave them out. -#}

{% macro nps_discovery_bound(p_value, family) -%}
    count(*) over (partition by {{ family | join(', ') }}) * {{ p_value }}
            / row_number() over (partition by {{ family | join(', ') }} order by {{ p_value }})
{%- endmacro %}

{% macro nps_q_value(discovery_bound, p_value, family) -%}
    least(1.0, min({{ discovery_bound }}) over (
            partition by {{ family | join(', ') }} order by {{ p_value }} desc
            range between unbounded preceding and current row
        ))
{%- endmacro %}

{#- Governed thresholds are written as one inclusive minimum a label. As ranges they can be joined: each row
    reaches up to the next minimum, and the lowest is open below, so that no value falls between two labels. -#}

{% macro nps_ranges(relation, label, minimum) -%}
    select
        definition_version,
        {{ label }},
        case
            when lag({{ minimum }}) over (partition by definition_version order by {{ minimum }}) is not null
                then {{ minimum }}
        end as at_least,
        lead({{ minimum }}) over (partition by definition_version order by {{ minimum }}) as below
    from {{ relation }}
{%- endmacro %}

{% macro nps_in_range(amount, ranges) -%}
    {{ amount }} is not null
    and ({{ ranges }}.at_least is null or {{ amount }} >= {{ ranges }}.at_least)
    and ({{ ranges }}.below is null or {{ amount }} < {{ ranges }}.below)
{%- endmacro %}

{#- What belongs here: scores in which answers do not count alike (docs/decisions/0049-accounts-and-revenue-weigh-too.md).
    Everything is a ratio of two sums over accounts: what they said, times their weight, and their weight. -#}

{#- Weighting -> what an account said in all, and its weight. -#}
{% macro score_weightings() %}
    {% do return({
        'respondent': ['said', 'responses'],
        'account': ['said / responses', '1'],
        'revenue': ['said / responses * revenue', 'revenue'],
    }) %}
{% endmacro %}

{% macro weighted_segments() %}
    {% do return({
        'company': [],
        'customer_value_tier': ['customer_value_tier'],
        'region': ['region'],
    }) %}
{% endmacro %}

{#- Sums in decimals: no order of adding up can change a digit. -#}
{% macro exactly(value, places=10) -%}
    cast(sum(cast({{ value }} as decimal(38, {{ places }}))) as {{ double() }})
{%- endmacro %}

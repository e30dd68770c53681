{#- The lengths of time figures are made for. -#}

{% macro nps_calendar_grains() %}
    {% do return(['month', 'quarter', 'year']) %}
{% endmacro %}

{#- Grain → days up to the period's end. -#}
{% macro nps_trailing_grains() %}
    {% do return({'trailing_90d': 90, 'trailing_365d': 365}) %}
{% endmacro %}

{#- Half-open validity: a row without an end is valid for ever. -#}
{% macro nps_in_force(at, relation) -%}
    {{ at }} >= {{ relation }}.valid_from and ({{ relation }}.valid_to is null or {{ at }} < {{ relation }}.valid_to)
{%- endmacro %}

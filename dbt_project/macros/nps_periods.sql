{#- The lengths of time figures are made for. -#}

{% macro nps_calendar_grains() %}
    {% do return({'month': 1, 'quarter': 3, 'year': 12}) %}
{% endmacro %}

{% macro nps_trailing_grains() %}
    {% do return({'trailing_90d': 90, 'trailing_365d': 365}) %}
{% endmacro %}

{% macro nps_in_force_together(one, other) -%}
    ({{ one }}.valid_to is null or {{ other }}.valid_from < {{ one }}.valid_to)
        and ({{ other }}.valid_to is null or {{ one }}.valid_from < {{ other }}.valid_to)
{%- endmacro %}

{% macro nps_in_force(at, relation) -%}
    {#- With "or is null" an outer join would compare every row with every other. -#}
    {{ at }} >= {{ relation }}.valid_from and {{ at }} < coalesce({{ relation }}.valid_to, cast('9999-12-31' as date))
{%- endmacro %}

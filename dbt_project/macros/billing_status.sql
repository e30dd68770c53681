{#- The word of a billing system for what became of a record, as seeds/billing_statuses.csv has it. -#}
{% macro billing_status(expression) -%}
    replace(replace({{ identity_key(expression) }}, '_', ' '), '-', ' ')
{%- endmacro %}

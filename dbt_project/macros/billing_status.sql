{% macro billing_status(expression) -%}
    replace(replace({{ identity_key(expression) }}, '_', ' '), '-', ' ')
{%- endmacro %}

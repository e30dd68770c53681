{% macro billing_status(expression) -%}
    replace(replace({{ identity_key(expression) }}, '_', ' '), '-', ' ')
{%- endmacro %}

{#- Only what was billed can be given back. -#}
{% macro why_nothing_is_given_back(billed_invoice, known_invoice) -%}
    case
        when {{ known_invoice }} is null then 'invoice_unknown'
        when {{ billed_invoice }} is null then 'invoice_not_billed'
    end
{%- endmacro %}

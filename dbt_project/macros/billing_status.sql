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

{#- Some write amounts in major units, others in minor ones; one of the two is null. -#}
{% macro in_major_units(major_amount, minor_amount, minor_units='currencies.minor_units') -%}
    coalesce(
        cast({{ major_amount }} as {{ double() }}), cast({{ minor_amount }} as {{ double() }}) / power(10, {{ minor_units }})
    )
{%- endmacro %}

{#- What belongs here: whose id an id of a CRM is. The ids of the only CRM are the company's. Of several CRMs each
    has its own, written <vendor>:<id>; without the vendor, an id names the record of the only one that knows it.
    What files say of accounts and contacts is taken as it is written. -#}

{% macro crms() %}
    {% do return(vendors_with('accounts') | reject('equalto', 'files') | list) %}
{% endmacro %}

{% macro has_several_crms() %}
    {% do return(crms() | length > 1) %}
{% endmacro %}

{% macro crm_key(expression, source_name='source') -%}
    {%- if has_several_crms() -%}
    case when {{ source_name }} = 'files' then '' else {{ source_name }} || ':' end || {{ customer_key(expression) }}
    {%- else -%}
    {{ customer_key(expression) }}
    {%- endif -%}
{%- endmacro %}

{% macro named_by_one_crm(relation, key) -%}
    select
        named_key,
        min({{ key }}) as {{ key }}
    from (
        {%- for vendor in crms() %}
        select
            {{ key }},
            substring({{ key }}, {{ vendor | length + 2 }}) as named_key
        from {{ relation }}
        where {{ key }} like '{{ vendor }}:%'
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as own_ids
    where named_key not in (select {{ key }} from {{ relation }})
    group by named_key
    having count(*) = 1
{%- endmacro %}

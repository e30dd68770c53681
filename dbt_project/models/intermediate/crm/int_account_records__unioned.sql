{{ config(materialized='view') }}

{#- Vendors that tell us every change themselves. -#}
{% set vendors = vendors_with('account_history') %}

with records as (
    {{ union_vendors('accounts') }}
)

select
    *,
    {{ crm_key('account_id') }} as account_key,
    {{ crm_key('merged_into_id') }} as merged_into_key,
    source in (
        '{{ vendors | join("', '") }}'
    ) as has_history
from records

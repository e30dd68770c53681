{{ config(enabled=vendor_is_on('chargebee')) }}

with source as (
    {{ loaded_records('raw_chargebee', 'customers') }}
)

select
    {{ provenance() }},
    customer_id,
    account_id,
    email,
    name as customer_name,
    is_deleted,
    cast(created_at as timestamp) as created_at
from source

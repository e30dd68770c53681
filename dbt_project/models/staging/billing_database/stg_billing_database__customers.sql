{{ config(enabled=vendor_is_on('billing_database')) }}

with source as (
    {{ loaded_records('raw_billing_database', 'customers') }}
)

select
    {{ provenance() }},
    customer_id,
    account_id,
    email,
    name as customer_name,
    coalesce(is_deleted, false) or deleted_at is not null as is_deleted
from source

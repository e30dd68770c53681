{{ config(enabled=vendor_is_on('billing_database')) }}

with source as (
    {{ loaded_records('raw_billing_database', 'credit_notes') }}
)

select
    {{ provenance() }},
    credit_note_id,
    invoice_id,
    status,
    currency,
    net_amount,
    net_minor_amount,
    customer_id,
    cast(created_at as timestamp) as created_at,
    coalesce(is_deleted, false) or deleted_at is not null as is_deleted
from source

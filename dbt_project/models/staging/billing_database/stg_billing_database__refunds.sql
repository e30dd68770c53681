{{ config(enabled=vendor_is_on('billing_database')) }}

with source as (
    {{ loaded_records('raw_billing_database', 'refunds') }}
)

select
    {{ provenance() }},
    refund_id,
    status,
    currency,
    refunded_amount,
    refunded_minor_amount,
    invoice_id,
    credit_note_id,
    customer_id,
    cast(created_at as timestamp) as created_at,
    coalesce(is_deleted, false) or deleted_at is not null as is_deleted
from source

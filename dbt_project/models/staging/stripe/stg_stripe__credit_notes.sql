{{ config(enabled=vendor_is_on('stripe')) }}

with source as (
    {{ loaded_records('raw_stripe', 'credit_notes') }}
)

select
    {{ provenance() }},
    credit_note_id,
    invoice_id,
    customer_id,
    refund_ids,
    status,
    currency,
    subtotal_minor as subtotal_minor_amount,
    cast(created_at as timestamp) as created_at
from source

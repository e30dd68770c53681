{{ config(enabled=vendor_is_on('stripe')) }}

with source as (
    {{ loaded_records('raw_stripe', 'refunds') }}
)

select
    {{ provenance() }},
    refund_id,
    charge_id,
    customer_id,
    invoice_id,
    status,
    currency,
    amount_minor as refunded_minor_amount,
    cast(created_at as timestamp) as created_at
from source

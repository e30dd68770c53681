{{ config(enabled=vendor_is_on('stripe')) }}

with source as (
    {{ loaded_records('raw_stripe', 'invoices') }}
)

select
    {{ provenance() }},
    invoice_id,
    customer_id,
    subscription_id,
    status,
    currency,
    subtotal_minor as subtotal_minor_amount,
    tax_minor as tax_minor_amount,
    total_minor as total_minor_amount,
    lines as line_texts,
    cast(issued_at as timestamp) as issued_at
from source

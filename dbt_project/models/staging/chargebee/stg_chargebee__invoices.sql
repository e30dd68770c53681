{{ config(enabled=vendor_is_on('chargebee')) }}

with source as (
    {{ loaded_records('raw_chargebee', 'invoices') }}
)

select
    {{ provenance() }},
    invoice_id,
    customer_id,
    subscription_id,
    status,
    currency,
    net_minor as net_minor_amount,
    total_minor as total_minor_amount,
    lines as line_texts,
    is_deleted,
    cast(issued_at as timestamp) as issued_at
from source

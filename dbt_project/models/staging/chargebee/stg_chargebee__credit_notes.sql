{{ config(enabled=vendor_is_on('chargebee')) }}

with source as (
    {{ loaded_records('raw_chargebee', 'credit_notes') }}
)

select
    {{ provenance() }},
    credit_note_id,
    invoice_id,
    customer_id,
    status,
    reason,
    currency,
    net_minor as net_minor_amount,
    total_minor as total_minor_amount,
    is_deleted,
    cast(created_at as timestamp) as created_at
from source

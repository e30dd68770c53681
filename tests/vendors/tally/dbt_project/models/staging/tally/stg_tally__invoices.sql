{{ config(enabled=vendor_is_on('tally')) }}

with source as (
    {{ loaded_records('raw_tally', 'invoices') }}
)

select
    {{ provenance() }},
    invoice_id,
    account_id,
    status,
    currency,
    net_amount,
    cast(issued_at as timestamp) as issued_at,
    cast(period_start_at as timestamp) as period_start_at,
    cast(period_end_at as timestamp) as period_end_at
from source

{{ config(enabled=vendor_is_on('billing_database')) }}

with source as (
    {{ loaded_records('raw_billing_database', 'invoice_lines') }}
)

select
    {{ provenance() }},
    line_id,
    invoice_id,
    net_amount,
    net_minor_amount,
    cast(period_start_at as timestamp) as period_start_at,
    cast(period_end_at as timestamp) as period_end_at,
    coalesce(is_deleted, false) or deleted_at is not null as is_deleted
from source

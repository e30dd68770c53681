with source as (
    {{ loaded_records('raw_files', 'billing_invoices') }}
)

select
    {{ provenance() }},
    invoice_id,
    account_id,
    status,
    currency,
    net_amount,
    tax_amount,
    refunded_amount,
    cast(issued_at as timestamp) as issued_at,
    cast(period_start as timestamp) as period_start_at,
    cast(period_end as timestamp) as period_end_at,
    cast(updated_at as timestamp) as updated_at,
    file_name
from source

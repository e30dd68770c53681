{{ config(enabled=vendor_is_on('tally')) }}

with invoices as (
    {{ current_versions(ref('stg_tally__invoices'), ['record_id']) }}
)

select
    invoices.invoice_id as document_id,
    invoices.account_id,
    invoices.currency,
    cast(invoices.net_amount as decimal(18, 6)) as amount,
    cast(invoices.issued_at as date) as converted_on,
    invoices.period_start_at as recognised_from,
    invoices.period_end_at as recognised_to,
    'invoice' as document_kind,
    invoices.invoice_id,
    invoices.period_end_at as recurring_to,
    cast(null as {{ dbt.type_string() }}) as set_aside_reason,
    cast(null as decimal(18, 6)) as monthly_amount
from invoices
inner join {{ ref('billing_statuses') }} as statuses
    on
        statuses.record_kind = 'invoice'
        and statuses.is_billed
        and {{ billing_status('invoices.status') }} = statuses.status

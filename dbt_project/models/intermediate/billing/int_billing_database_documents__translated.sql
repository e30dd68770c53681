{{ config(enabled=vendor_is_on('billing_database')) }}

-- A deleted customer may have lost its account.
with customers as (
    {{ current_versions(ref('stg_billing_database__customers'), ['record_id'], 'account_id is not null') }}
),

-- Only what was billed can be given back.
billed as (
    select
        invoice_id,
        customer_id,
        net_amount,
        total_amount
    from {{ ref('int_billing_database_invoice_lines__allocated') }}
    where line_number = 1
),

known_invoices as (
    select distinct invoice_id
    from {{ ref('stg_billing_database__invoices') }}
),

credit_notes as (
    {{ current_versions(ref('stg_billing_database__credit_notes'), ['record_id']) }}
),

credit_notes_issued as (
    select *
    from credit_notes
    where lower({{ trimmed('status') }}) = 'issued' and not is_deleted
),

refunds as (
    {{ current_versions(ref('stg_billing_database__refunds'), ['record_id']) }}
),

subscriptions as (
    {{ current_versions(ref('stg_billing_database__subscriptions'), ['record_id']) }}
),

-- A line stops recurring when its subscription ends, however far its period is paid for.
ended_subscriptions as (
    select
        subscriptions.subscription_id,
        subscriptions.cancelled_at
    from subscriptions
    inner join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'subscription'
            and statuses.is_ended
            and {{ billing_status('subscriptions.status') }} = statuses.status
    where subscriptions.cancelled_at is not null
),

currencies as (
    select distinct
        currency,
        minor_units
    from {{ ref('exchange_rates') }}
),

invoices_recognised as (
    select
        invoice_lines.invoice_id
        || ':' || cast(invoice_lines.line_number as {{ dbt.type_string() }}) as document_id,
        invoice_lines.customer_id,
        invoice_lines.currency,
        invoice_lines.line_net_amount as amount,
        invoice_lines.issued_at as made_at,
        invoice_lines.recognised_from,
        invoice_lines.recognised_to,
        'invoice' as document_kind,
        invoice_lines.invoice_id,
        least(invoice_lines.recognised_to, coalesce(ended.cancelled_at, invoice_lines.recognised_to))
            as recurring_to,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from {{ ref('int_billing_database_invoice_lines__allocated') }} as invoice_lines
    left join ended_subscriptions as ended
        on invoice_lines.subscription_id = ended.subscription_id
),

credit_notes_recognised as (
    select
        notes.credit_note_id as document_id,
        coalesce(notes.customer_id, billed.customer_id) as customer_id,
        notes.currency,
        -({{ in_major_units('notes.net_amount', 'notes.net_minor_amount') }}) as amount,
        notes.created_at as made_at,
        notes.created_at as recognised_from,
        notes.created_at as recognised_to,
        'credit_note' as document_kind,
        notes.invoice_id,
        notes.created_at as recurring_to,
        {{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }} as set_aside_reason
    from credit_notes_issued as notes
    left join currencies
        on upper({{ trimmed('notes.currency') }}) = currencies.currency
    left join billed
        on notes.invoice_id = billed.invoice_id
    left join known_invoices
        on notes.invoice_id = known_invoices.invoice_id
),

refunds_paid as (
    select
        refunds.*,
        {{ in_major_units('refunds.refunded_amount', 'refunds.refunded_minor_amount') }} as paid_back
    from refunds
    left join currencies
        on upper({{ trimmed('refunds.currency') }}) = currencies.currency
    left join credit_notes_issued as notes
        on refunds.credit_note_id = notes.credit_note_id
    where
        lower({{ trimmed('refunds.status') }}) = 'succeeded'
        and not refunds.is_deleted
        and notes.credit_note_id is null
),

refunds_recognised as (
    select
        refunds.refund_id as document_id,
        coalesce(refunds.customer_id, billed.customer_id) as customer_id,
        refunds.currency,
        case
            when billed.total_amount > 0 then -refunds.paid_back * billed.net_amount / billed.total_amount
            else -refunds.paid_back
        end as amount,
        refunds.created_at as made_at,
        refunds.created_at as recognised_from,
        refunds.created_at as recognised_to,
        'refund' as document_kind,
        refunds.invoice_id,
        refunds.created_at as recurring_to,
        {{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }} as set_aside_reason
    from refunds_paid as refunds
    left join billed
        on refunds.invoice_id = billed.invoice_id
    left join known_invoices
        on refunds.invoice_id = known_invoices.invoice_id
),

documents as (
    select * from invoices_recognised
    union all
    select * from credit_notes_recognised
    union all
    select * from refunds_recognised
)

select
    documents.document_id,
    customers.account_id,
    documents.currency,
    cast(documents.amount as decimal(18, 6)) as amount,
    cast(documents.made_at as date) as converted_on,
    documents.recognised_from,
    documents.recognised_to,
    documents.document_kind,
    documents.invoice_id,
    documents.recurring_to,
    documents.set_aside_reason,
    cast(null as decimal(18, 6)) as monthly_amount
from documents
left join customers
    on documents.customer_id = customers.customer_id

{{ config(enabled=vendor_is_on('stripe')) }}

-- A deleted customer's last version has lost its account.
with customers as (
    {{ current_versions(ref('stg_stripe__customers'), ['record_id'], 'account_id is not null') }}
),

-- Only what was billed can be given back.
billed as (
    select
        invoice_id,
        customer_id,
        subtotal_minor_amount,
        total_minor_amount
    from {{ ref('int_stripe_invoice_lines__allocated') }}
    where line_number = 1
),

credit_notes as (
    {{ current_versions(ref('stg_stripe__credit_notes'), ['record_id']) }}
),

refunds as (
    {{ current_versions(ref('stg_stripe__refunds'), ['record_id']) }}
),

known_invoices as (
    select distinct invoice_id
    from {{ ref('stg_stripe__invoices') }}
),

-- A line stops recurring when its subscription ends, however far its period is paid for.
subscriptions as (
    {{ current_versions(ref('stg_stripe__subscriptions'), ['record_id']) }}
),

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
        invoice_lines.net_minor_amount as minor_amount,
        cast(invoice_lines.issued_at as date) as converted_on,
        invoice_lines.recognised_from,
        invoice_lines.recognised_to,
        'invoice' as document_kind,
        invoice_lines.invoice_id,
        least(invoice_lines.recognised_to, coalesce(ended.cancelled_at, invoice_lines.recognised_to))
            as recurring_to,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from {{ ref('int_stripe_invoice_lines__allocated') }} as invoice_lines
    left join ended_subscriptions as ended
        on invoice_lines.subscription_id = ended.subscription_id
),

credit_notes_issued as (
    select * from credit_notes
    where lower(status) = 'issued'
),

credit_notes_recognised as (
    select
        notes.credit_note_id as document_id,
        notes.customer_id,
        notes.currency,
        -cast(notes.subtotal_minor_amount as double) as minor_amount,
        cast(notes.created_at as date) as converted_on,
        notes.created_at as recognised_from,
        notes.created_at as recognised_to,
        'credit_note' as document_kind,
        notes.invoice_id,
        notes.created_at as recurring_to,
        {{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }} as set_aside_reason
    from credit_notes_issued as notes
    left join billed
        on notes.invoice_id = billed.invoice_id
    left join known_invoices
        on notes.invoice_id = known_invoices.invoice_id
),

refunds_credited as (
    select distinct part as refund_id
    from (
        {{ split_to_rows('credit_notes_issued', ['credit_note_id'], 'refund_ids') | indent(4) }}
    ) as refunds_of_notes
),

refunds_recognised as (
    select
        refunds.refund_id as document_id,
        coalesce(refunds.customer_id, billed.customer_id) as customer_id,
        refunds.currency,
        case
            when billed.total_minor_amount > 0
                then
                    -cast(refunds.refunded_minor_amount as double)
                    * billed.subtotal_minor_amount / billed.total_minor_amount
            else -cast(refunds.refunded_minor_amount as double)
        end as minor_amount,
        cast(refunds.created_at as date) as converted_on,
        refunds.created_at as recognised_from,
        refunds.created_at as recognised_to,
        'refund' as document_kind,
        refunds.invoice_id,
        refunds.created_at as recurring_to,
        {{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }} as set_aside_reason
    from refunds
    left join refunds_credited
        on refunds.refund_id = refunds_credited.refund_id
    left join billed
        on refunds.invoice_id = billed.invoice_id
    left join known_invoices
        on refunds.invoice_id = known_invoices.invoice_id
    where
        lower(refunds.status) = 'succeeded'
        and refunds_credited.refund_id is null
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
    cast(documents.minor_amount / power(10, currencies.minor_units) as decimal(18, 6)) as amount,
    documents.converted_on,
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
left join currencies
    on upper({{ trimmed('documents.currency') }}) = currencies.currency

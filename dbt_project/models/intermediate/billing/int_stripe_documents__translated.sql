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

currencies as (
    select distinct
        currency,
        minor_units
    from {{ ref('exchange_rates') }}
),

invoices_recognised as (
    select
        invoice_id || ':' || cast(line_number as {{ dbt.type_string() }}) as document_id,
        customer_id,
        currency,
        net_minor_amount as minor_amount,
        cast(issued_at as date) as converted_on,
        recognised_from,
        recognised_to
    from {{ ref('int_stripe_invoice_lines__allocated') }}
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
        notes.created_at as recognised_to
    from credit_notes_issued as notes
    inner join billed
        on notes.invoice_id = billed.invoice_id
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
        refunds.created_at as recognised_to
    from refunds
    left join refunds_credited
        on refunds.refund_id = refunds_credited.refund_id
    inner join billed
        on refunds.invoice_id = billed.invoice_id
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
    documents.recognised_to
from documents
left join customers
    on documents.customer_id = customers.customer_id
left join currencies
    on upper({{ trimmed('documents.currency') }}) = currencies.currency

{{ config(enabled=vendor_is_on('stripe')) }}

with
-- A deleted customer's last version has lost its account.
customers as (

    {{ current_versions(ref('stg_stripe__customers'), ['record_id'], 'account_id is not null') }}

),

invoices as (

    {{ current_versions(ref('stg_stripe__invoices'), ['record_id']) }}

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
        invoice_id as document_id,
        customer_id,
        currency,
        cast(subtotal_minor_amount as double) as minor_amount,
        cast(issued_at as date) as converted_on,
        case when period_end_at > period_start_at then period_start_at else issued_at end as recognised_from,
        case when period_end_at > period_start_at then period_end_at else issued_at end as recognised_to
    from invoices
    where coalesce({{ identity_key('status') }}, '') not in ('draft', 'void')

),

credit_notes_issued as (

    select * from credit_notes
    where lower(status) = 'issued'

),

credit_notes_recognised as (

    select
        credit_note_id as document_id,
        customer_id,
        currency,
        -cast(subtotal_minor_amount as double) as minor_amount,
        cast(created_at as date) as converted_on,
        created_at as recognised_from,
        created_at as recognised_to
    from credit_notes_issued

),

refunds_credited as (

    select distinct refund_id
    from credit_notes_issued
    where refund_id is not null

),

refunds_recognised as (

    select
        refunds.refund_id as document_id,
        coalesce(refunds.customer_id, invoices.customer_id) as customer_id,
        refunds.currency,
        case
            when invoices.total_minor_amount > 0
                then
                    -cast(refunds.refunded_minor_amount as double)
                    * invoices.subtotal_minor_amount / invoices.total_minor_amount
            else -cast(refunds.refunded_minor_amount as double)
        end as minor_amount,
        cast(refunds.created_at as date) as converted_on,
        refunds.created_at as recognised_from,
        refunds.created_at as recognised_to
    from refunds
    left join refunds_credited
        on refunds.refund_id = refunds_credited.refund_id
    left join invoices
        on refunds.invoice_id = invoices.invoice_id
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

),

final as (

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

)

select * from final

{{ config(enabled=vendor_is_on('stripe')) }}

with latest_notes as (
    {{ current_versions(ref('stg_stripe__credit_notes'), ['record_id']) }}
),

issued as (
    select *
    from latest_notes
    where lower(status) = 'issued'
),

credit_notes as (
    select
        issued.credit_note_id as document_id,
        issued.customer_id,
        issued.currency,
        {{ in_major_units('null', 'issued.subtotal_minor_amount') }} as given_back,
        issued.created_at as made_at,
        issued.invoice_id
    from issued
    {{ joined_currencies('issued') }}
),

latest_refunds as (
    {{ current_versions(ref('stg_stripe__refunds'), ['record_id']) }}
),

refunds_credited as (
    select distinct part as refund_id
    from (
        {{ split_to_rows('issued', ['credit_note_id'], 'refund_ids') | indent(4) }}
    ) as refunds_of_notes
),

refunds as (
    select
        latest_refunds.refund_id as document_id,
        latest_refunds.customer_id,
        latest_refunds.currency,
        {{ in_major_units('null', 'latest_refunds.refunded_minor_amount') }} as given_back,
        latest_refunds.created_at as made_at,
        latest_refunds.invoice_id
    from latest_refunds
    left join refunds_credited
        on latest_refunds.refund_id = refunds_credited.refund_id
    {{ joined_currencies('latest_refunds') }}
    where
        lower(latest_refunds.status) = 'succeeded'
        and refunds_credited.refund_id is null
),

{{ billing_documents('stripe') }}

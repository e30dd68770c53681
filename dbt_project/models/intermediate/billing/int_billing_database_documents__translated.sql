{{ config(enabled=vendor_is_on('billing_database')) }}

with latest_notes as (
    {{ current_versions(ref('stg_billing_database__credit_notes'), ['record_id']) }}
),

issued as (
    select *
    from latest_notes
    where lower({{ trimmed('status') }}) = 'issued' and not is_deleted
),

credit_notes as (
    select
        issued.credit_note_id as document_id,
        issued.customer_id,
        issued.currency,
        {{ in_major_units('issued.net_amount', 'issued.net_minor_amount') }} as given_back,
        issued.created_at as made_at,
        issued.invoice_id
    from issued
    {{ joined_currencies('issued') }}
),

latest_refunds as (
    {{ current_versions(ref('stg_billing_database__refunds'), ['record_id']) }}
),

refunds as (
    select
        latest_refunds.refund_id as document_id,
        latest_refunds.customer_id,
        latest_refunds.currency,
        {{ in_major_units('latest_refunds.refunded_amount', 'latest_refunds.refunded_minor_amount') }}
            as given_back,
        latest_refunds.created_at as made_at,
        latest_refunds.invoice_id
    from latest_refunds
    left join issued
        on latest_refunds.credit_note_id = issued.credit_note_id
    {{ joined_currencies('latest_refunds') }}
    where
        lower({{ trimmed('latest_refunds.status') }}) = 'succeeded'
        and not latest_refunds.is_deleted
        and issued.credit_note_id is null
),

{{ billing_documents('billing_database') }}

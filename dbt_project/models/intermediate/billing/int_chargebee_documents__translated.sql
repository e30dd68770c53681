{{ config(enabled=vendor_is_on('chargebee')) }}

with latest_notes as (
    {{ current_versions(ref('stg_chargebee__credit_notes'), ['record_id']) }}
),

-- What is written off was earned all the same. A refund is on a credit note.
credit_notes as (
    select
        latest_notes.credit_note_id as document_id,
        latest_notes.customer_id,
        latest_notes.currency,
        {{ in_major_units('null', 'latest_notes.net_minor_amount') }} as given_back,
        latest_notes.created_at as made_at,
        latest_notes.invoice_id
    from latest_notes
    {{ joined_currencies('latest_notes') }}
    where
        lower(latest_notes.status) in ('adjusted', 'refund_due', 'refunded')
        and coalesce(lower(latest_notes.reason), '') <> 'write_off'
        and not latest_notes.is_deleted
),

{{ billing_documents('chargebee', has_refunds=false) }}

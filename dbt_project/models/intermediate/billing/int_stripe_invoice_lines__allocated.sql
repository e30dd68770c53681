{{ config(enabled=vendor_is_on('stripe')) }}

with invoices as (
    {{ current_versions(ref('stg_stripe__invoices'), ['record_id']) }}
),

billed as (
    {{ billed_invoices(
        net_amount=in_major_units('null', 'invoices.subtotal_minor_amount'),
        total_amount=in_major_units('null', 'invoices.total_minor_amount'),
        line_texts='invoices.line_texts'
    ) }}
),

lines as (
    {{ lines_of_texts() }}
),

{{ lines_sharing_the_net() }}

{{ config(enabled=vendor_is_on('chargebee')) }}

with latest as (
    {{ current_versions(ref('stg_chargebee__invoices'), ['record_id']) }}
),

invoices as (
    select *
    from latest
    where not is_deleted
),

billed as (
    {{ billed_invoices(
        net_amount=in_major_units('null', 'invoices.net_minor_amount'),
        total_amount=in_major_units('null', 'invoices.total_minor_amount'),
        line_texts='invoices.line_texts'
    ) }}
),

-- A consolidated invoice has lines of several subscriptions.
lines as (
    {{ lines_of_texts(of_subscriptions=true) }}
),

{{ lines_sharing_the_net() }}

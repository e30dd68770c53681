{{ config(enabled=vendor_is_on('billing_database')) }}

with latest as (
    {{ current_versions(ref('stg_billing_database__invoices'), ['record_id']) }}
),

invoices as (
    select *
    from latest
    where not is_deleted
),

billed as (
    {{ billed_invoices(
        net_amount=in_major_units('invoices.net_amount', 'invoices.net_minor_amount'),
        total_amount=in_major_units('invoices.total_amount', 'invoices.total_minor_amount'),
        period_start_at='invoices.period_start_at',
        period_end_at='invoices.period_end_at'
    ) }}
),

own_lines as (
    {{ current_versions(ref('stg_billing_database__invoice_lines'), ['record_id']) }}
),

lines as (
    select
        own_lines.invoice_id,
        billed.subscription_id,
        row_number() over (partition by own_lines.invoice_id order by own_lines.line_id)
            as line_number,
        {{ in_major_units('own_lines.net_amount', 'own_lines.net_minor_amount', 'billed.minor_units') }}
            as line_amount,
        own_lines.period_start_at,
        own_lines.period_end_at
    from own_lines
    inner join billed
        on own_lines.invoice_id = billed.invoice_id
    where not own_lines.is_deleted
),

{{ lines_sharing_the_net() }}

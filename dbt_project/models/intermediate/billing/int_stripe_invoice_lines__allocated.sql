{{ config(enabled=vendor_is_on('stripe')) }}

with invoices as (
    {{ current_versions(ref('stg_stripe__invoices'), ['record_id']) }}
),

billed as (
    select invoices.*
    from invoices
    inner join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'invoice'
            and statuses.is_billed
            and {{ billing_status('invoices.status') }} = statuses.status
),

texts as (
    {{ split_to_rows('billed', ['invoice_id'], 'line_texts') }}
),

lines as (
    select
        invoice_id,
        place as line_number,
        cast({{ dbt.split_part('part', "'/'", 1) }} as bigint) as line_minor_amount,
        cast(nullif({{ dbt.split_part('part', "'/'", 2) }}, '') as timestamp) as period_start_at,
        cast(nullif({{ dbt.split_part('part', "'/'", 3) }}, '') as timestamp) as period_end_at
    from texts
),

sizes as (
    select
        invoice_id,
        sum(line_minor_amount) as lines_minor_amount,
        sum(abs(line_minor_amount)) as lines_size
    from lines
    group by invoice_id
)

-- What the lines say more or less than the invoice's net (a coupon on the whole, tax within prices) is shared
-- out by their sizes, so that together they are the net. Lines of no size have nothing to share by: the first
-- has it.
select
    billed.invoice_id,
    coalesce(lines.line_number, 1) as line_number,
    billed.customer_id,
    billed.subscription_id,
    billed.currency,
    billed.issued_at,
    case
        when sizes.lines_size > 0
            then
                cast(lines.line_minor_amount as double)
                + cast(billed.subtotal_minor_amount - sizes.lines_minor_amount as double)
                * cast(abs(lines.line_minor_amount) as double) / cast(sizes.lines_size as double)
        when coalesce(lines.line_number, 1) = 1 then cast(billed.subtotal_minor_amount as double)
        else cast(0 as double)
    end as net_minor_amount,
    billed.subtotal_minor_amount,
    billed.total_minor_amount,
    case
        when lines.period_end_at > lines.period_start_at then lines.period_start_at else billed.issued_at
    end as recognised_from,
    case
        when lines.period_end_at > lines.period_start_at then lines.period_end_at else billed.issued_at
    end as recognised_to
from billed
left join lines
    on billed.invoice_id = lines.invoice_id
left join sizes
    on billed.invoice_id = sizes.invoice_id

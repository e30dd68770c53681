{{ config(enabled=vendor_is_on('billing_database')) }}

with invoices as (
    {{ current_versions(ref('stg_billing_database__invoices'), ['record_id']) }}
),

currencies as (
    select distinct
        currency,
        minor_units
    from {{ ref('exchange_rates') }}
),

billed as (
    select
        invoices.invoice_id,
        invoices.customer_id,
        invoices.subscription_id,
        invoices.currency,
        invoices.issued_at,
        invoices.period_start_at,
        invoices.period_end_at,
        currencies.minor_units,
        {{ in_major_units('invoices.net_amount', 'invoices.net_minor_amount') }} as net_amount,
        {{ in_major_units('invoices.total_amount', 'invoices.total_minor_amount') }} as total_amount
    from invoices
    inner join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'invoice'
            and statuses.is_billed
            and {{ billing_status('invoices.status') }} = statuses.status
    left join currencies
        on upper({{ trimmed('invoices.currency') }}) = currencies.currency
    where not invoices.is_deleted
),

own_lines as (
    {{ current_versions(ref('stg_billing_database__invoice_lines'), ['record_id']) }}
),

lines as (
    select
        own_lines.invoice_id,
        row_number() over (partition by own_lines.invoice_id order by own_lines.line_id)
            as line_number,
        own_lines.period_start_at,
        own_lines.period_end_at,
        {{ in_major_units('own_lines.net_amount', 'own_lines.net_minor_amount', 'billed.minor_units') }}
            as line_amount
    from own_lines
    inner join billed
        on own_lines.invoice_id = billed.invoice_id
    where not own_lines.is_deleted
),

sizes as (
    select
        invoice_id,
        sum(line_amount) as lines_amount,
        sum(abs(line_amount)) as lines_size
    from lines
    group by invoice_id
),

placed as (
    select
        billed.*,
        coalesce(lines.line_number, 1) as line_number,
        lines.line_amount,
        sizes.lines_amount,
        sizes.lines_size,
        case when lines.invoice_id is null then billed.period_start_at else lines.period_start_at end
            as served_from,
        case when lines.invoice_id is null then billed.period_end_at else lines.period_end_at end
            as served_to
    from billed
    left join lines
        on billed.invoice_id = lines.invoice_id
    left join sizes
        on billed.invoice_id = sizes.invoice_id
)

-- What the lines say more or less than the invoice's net is shared out by their sizes, so that together they
-- are the net. Lines of no size have nothing to share by: the first has it.
select
    invoice_id,
    line_number,
    customer_id,
    subscription_id,
    currency,
    issued_at,
    case
        when lines_size > 0 then line_amount + (net_amount - lines_amount) * abs(line_amount) / lines_size
        when line_number = 1 then net_amount
        else cast(0 as double)
    end as line_net_amount,
    net_amount,
    total_amount,
    case when served_to > served_from then served_from else issued_at end as recognised_from,
    case when served_to > served_from then served_to else issued_at end as recognised_to
from placed

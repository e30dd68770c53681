with versions as (
    {{ numbered_versions(ref('stg_files__invoices'), ['record_id']) }}
),

billed as (
    select versions.*
    from versions
    inner join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'invoice'
            and statuses.is_billed
            and {{ billing_status('versions.status') }} = statuses.status
    where versions.version_number = 1
),

invoices as (
    select
        invoice_id as document_id,
        account_id,
        currency,
        cast(net_amount as decimal(18, 6)) as amount,
        cast(issued_at as date) as converted_on,
        case when period_end_at > period_start_at then period_start_at else issued_at end as recognised_from,
        case when period_end_at > period_start_at then period_end_at else issued_at end as recognised_to,
        'invoice' as document_kind,
        invoice_id
    from billed
),

-- A file states what has been refunded so far: each version's increase was refunded at that version.
refund_steps as (
    select
        *,
        coalesce(refunded_amount, 0) - coalesce(
            lag(refunded_amount) over (partition by record_id order by version_number desc), 0
        ) as refund_step
    from versions
),

refunds as (
    select
        steps.invoice_id || ':refund:' || steps.version_id as document_id,
        billed.account_id,
        billed.currency,
        cast(
            case
                when billed.net_amount + coalesce(billed.tax_amount, 0) > 0
                    then
                        -cast(steps.refund_step as {{ double() }})
                        * cast(billed.net_amount as {{ double() }})
                        / cast(billed.net_amount + coalesce(billed.tax_amount, 0) as {{ double() }})
                else -cast(steps.refund_step as {{ double() }})
            end as decimal(18, 6)
        ) as amount,
        cast(coalesce(steps.version_at, steps.loaded_at) as date) as converted_on,
        coalesce(steps.version_at, steps.loaded_at) as recognised_from,
        coalesce(steps.version_at, steps.loaded_at) as recognised_to,
        'refund' as document_kind,
        steps.invoice_id
    from refund_steps as steps
    inner join billed
        on steps.record_id = billed.record_id
    where steps.refund_step <> 0
),

subscriptions as (
    {{ current_versions(ref('stg_files__subscriptions'), ['record_id']) }}
),

documents as (
    select
        *,
        cast(null as decimal(18, 6)) as monthly_amount,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from invoices
    union all
    select
        *,
        cast(null as decimal(18, 6)) as monthly_amount,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from refunds
    union all
    select
        document_id,
        account_id,
        currency,
        amount,
        converted_on,
        recognised_from,
        recognised_to,
        'subscription' as document_kind,
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        monthly_amount,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from {{ ref('int_files_subscriptions__recognised') }}
    union all
    select
        document_id,
        account_id,
        currency,
        amount,
        converted_on,
        recognised_from,
        recognised_to,
        'movement' as document_kind,
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        monthly_amount,
        set_aside_reason
    from {{ ref('int_files_movements__levelled') }}
    union all
    select
        subscription_id as document_id,
        account_id,
        currency,
        cast(mrr_amount as decimal(18, 6)) as amount,
        cast(started_at as date) as converted_on,
        started_at as recognised_from,
        started_at as recognised_to,
        'subscription' as document_kind,
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        cast(null as decimal(18, 6)) as monthly_amount,
        'ends_before_it_starts' as set_aside_reason
    from subscriptions
    where cancelled_at < started_at
)

select
    *,
    recognised_to as recurring_to
from documents

-- A month's recurring revenue is 12 / 365 a day, from the beginning to the end of what each version says.
-- Where the same account is invoiced, the invoices are its revenue; the subscription would count it twice.
with versions as (
    {{ numbered_versions(ref('stg_files__subscriptions'), ['record_id']) }}
),

invoices as (
    {{ current_versions(ref('stg_files__invoices'), ['record_id']) }}
),

invoiced_accounts as (
    select distinct merged.survivor_key
    from invoices
    inner join {{ ref('int_accounts__merged') }} as merged
        on {{ customer_key('invoices.account_id') }} = merged.account_key
),

of_record as (
    select
        record_id,
        account_id,
        started_at,
        cancelled_at
    from versions
    where version_number = 1
),

stated as (
    select
        versions.record_id,
        versions.subscription_id,
        versions.version_id,
        of_record.account_id,
        versions.currency,
        versions.mrr_amount,
        statuses.is_billed,
        of_record.started_at,
        coalesce(versions.version_at, versions.loaded_at) as version_from,
        lead(coalesce(versions.version_at, versions.loaded_at)) over (
            partition by versions.record_id order by versions.version_number desc
        ) as version_to,
        versions.version_number = versions.version_count as is_first,
        of_record.cancelled_at,
        case
            when statuses.is_ended
                then coalesce(versions.cancelled_at, versions.version_at, versions.loaded_at)
        end as ended_at
    from versions
    inner join of_record
        on versions.record_id = of_record.record_id
    left join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'subscription'
            and {{ billing_status('versions.status') }} = statuses.status
),

periods as (
    select
        *,
        case
            when is_first or version_from < started_at then started_at
            else version_from
        end as recognised_from,
        least(
            coalesce(version_to, {{ as_of() }}),
            coalesce(cancelled_at, {{ as_of() }}),
            coalesce(ended_at, {{ as_of() }}),
            {{ as_of() }}
        ) as recognised_to
    from stated
    where is_billed
)

select
    periods.subscription_id || ':' || periods.version_id as document_id,
    periods.account_id,
    periods.currency,
    cast(
        cast(periods.mrr_amount as {{ double() }}) * 12 / 365
        * {{ microseconds_between('periods.recognised_from', 'periods.recognised_to') }}
        / 86400000000 as decimal(18, 6)
    ) as amount,
    cast(periods.recognised_from as date) as converted_on,
    periods.recognised_from,
    periods.recognised_to,
    cast(periods.mrr_amount as decimal(18, 6)) as monthly_amount
from periods
left join {{ ref('int_accounts__merged') }} as merged
    on {{ customer_key('periods.account_id') }} = merged.account_key
left join invoiced_accounts
    on merged.survivor_key = invoiced_accounts.survivor_key
where
    periods.recognised_from < periods.recognised_to
    and invoiced_accounts.survivor_key is null

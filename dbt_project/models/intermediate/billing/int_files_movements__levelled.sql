-- An account pays what its movements add up to. What happens at one moment is taken together. Nobody pays
-- less than nothing: the lowest sum so far is what was taken away beyond what there was, and is left out from
-- then on.
{% set so_far = '(partition by payer_key, currency order by moved_at)' -%}

with movements as (
    {{ current_versions(ref('stg_files__movements'), ['record_id']) }}
),

directed as (
    select
        movements.movement_id,
        movements.account_id,
        movements.moved_at,
        upper({{ trimmed('movements.currency') }}) as currency,
        coalesce(merged.survivor_key, {{ customer_key('movements.account_id') }}) as payer_key,
        movements.mrr_amount,
        coalesce({{ billing_status('movements.kind') }}, '') as kind,
        case
            when {{ billing_status('movements.kind') }} in ('contraction', 'churn')
                then -abs(movements.mrr_amount)
            else movements.mrr_amount
        end as change_amount
    from movements
    left join {{ ref('int_accounts__merged') }} as merged
        on {{ customer_key('movements.account_id') }} = merged.account_key
),

changes as (
    select
        payer_key,
        currency,
        moved_at,
        min(account_id) as account_id,
        min(movement_id) as movement_id,
        min(case when change_amount < 0 then movement_id end) as taken_id,
        min(case when kind in ('expansion', 'reactivation') then movement_id end) as raised_id,
        min(case when kind in ('new', 'expansion', 'reactivation') and mrr_amount < 0 then movement_id end)
            as negative_id,
        max(case when kind in ('new', '') and mrr_amount > 0 then 1 else 0 end) as begins,
        sum(case when kind in ('expansion', 'reactivation') then mrr_amount end) as raised_amount,
        sum(case when kind in ('new', 'expansion', 'reactivation') and mrr_amount < 0 then mrr_amount end)
            as negative_amount,
        sum(change_amount) as change_amount
    from directed
    group by payer_key, currency, moved_at
),

summed as (
    select
        *,
        sum(change_amount) over {{ so_far }} as total_amount,
        max(begins) over {{ so_far }} as has_begun,
        lead(moved_at) over {{ so_far }} as next_at
    from changes
),

floored as (
    select
        *,
        least(0, min(total_amount) over {{ so_far }}) as lowest_amount
    from summed
),

levelled as (
    select
        *,
        total_amount - lowest_amount as mrr_amount,
        coalesce(lag(lowest_amount) over {{ so_far }}, 0) - lowest_amount as excess_amount,
        least(coalesce(next_at, {{ as_of() }}), {{ as_of() }}) as level_to
    from floored
),

-- what does not add up counts as its amounts say, and is listed: these rows are set aside and earn nothing
found as (
    select
        'level:' || movement_id as document_id,
        account_id,
        currency,
        cast(
            cast(mrr_amount as {{ double() }}) * 12 / 365 * {{ microseconds_between('moved_at', 'level_to') }}
            / 86400000000 as decimal(18, 6)
        ) as amount,
        cast(mrr_amount as decimal(18, 6)) as monthly_amount,
        moved_at,
        level_to,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from levelled
    where mrr_amount > 0 and moved_at < level_to
    union all
    select
        'movement:' || taken_id as document_id,
        account_id,
        currency,
        cast(-excess_amount as decimal(18, 6)) as amount,
        cast(null as decimal(18, 6)) as monthly_amount,
        moved_at,
        moved_at as level_to,
        'more_taken_than_there_was' as set_aside_reason
    from levelled
    where excess_amount > 0
    union all
    select
        'movement:' || raised_id as document_id,
        account_id,
        currency,
        cast(raised_amount as decimal(18, 6)) as amount,
        cast(null as decimal(18, 6)) as monthly_amount,
        moved_at,
        moved_at as level_to,
        'raised_before_new' as set_aside_reason
    from levelled
    where raised_id is not null and has_begun = 0
    union all
    select
        'movement:' || negative_id as document_id,
        account_id,
        currency,
        cast(negative_amount as decimal(18, 6)) as amount,
        cast(null as decimal(18, 6)) as monthly_amount,
        moved_at,
        moved_at as level_to,
        'against_its_kind' as set_aside_reason
    from levelled
    where negative_id is not null
)

select
    document_id,
    account_id,
    currency,
    amount,
    cast(moved_at as date) as converted_on,
    moved_at as recognised_from,
    level_to as recognised_to,
    monthly_amount,
    set_aside_reason
from found

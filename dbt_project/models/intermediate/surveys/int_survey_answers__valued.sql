with moments as (

    select distinct
        account_key,
        responded_at,
        {{ dbt.dateadd('day', -365, 'responded_at') }} as window_start
    from {{ ref('int_survey_answers__identified') }}
    where
        account_key is not null
        and responded_at is not null

),

revenue as (

    select * from {{ ref('int_revenue__recognised') }}
    where account_key is not null

),

revenue_in_window as (

    select
        moments.account_key,
        moments.responded_at,
        revenue.amount,
        revenue.recognised_from,
        revenue.recognised_to,
        greatest(revenue.recognised_from, moments.window_start) as overlap_from,
        least(revenue.recognised_to, moments.responded_at) as overlap_to
    from moments
    inner join revenue
        on
            moments.account_key = revenue.account_key
            and moments.responded_at > revenue.recognised_from
            and moments.window_start <= revenue.recognised_to

),

lengths as (

    select
        account_key,
        responded_at,
        amount,
        {{ dbt.datediff('recognised_from', 'recognised_to', 'microsecond') }} as period_length, -- noqa: LT05
        {{ dbt.datediff('overlap_from', 'overlap_to', 'microsecond') }} as overlap_length -- noqa: LT05
    from revenue_in_window

),

-- A moment has no length and counts whole. Each share is fixed to a millionth before the sum, so that
-- the order of summing cannot change the result.
shares as (

    select
        account_key,
        responded_at,
        case
            when period_length = 0 then amount
            else cast(cast(amount as double) * overlap_length / period_length as decimal(18, 6))
        end as recognised_amount
    from lengths

),

final as (

    select
        account_key,
        responded_at,
        cast(sum(recognised_amount) as decimal(18, 4)) as trailing_revenue_amount
    from shares
    group by account_key, responded_at

)

select * from final

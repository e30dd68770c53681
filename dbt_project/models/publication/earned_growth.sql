-- Of a year's growth, what customers brought about: those who were there and stayed, and those whom they
-- referred. What a group of fewer accounts than the floor pays is not shown, nor what follows from it.
{% set groups = ['retained', 'earned', 'bought', 'unknown', 'returned'] -%}

with floors as (
    {{ floor_at_as_of() }}
),

months as (
    select
        account_key,
        month_end,
        mrr
    from {{ ref('fct_account_months') }}
    where is_complete
),

ends as (
    select distinct
        month_end as period_end,
        cast({{ dbt.dateadd('month', -12, 'month_end') }} as date) as period_start
    from months
    where extract(month from month_end) in (1, 4, 7, 10)
),

first_paid as (
    select
        account_key,
        min(month_end) as first_end
    from months
    where mrr > 0
    group by account_key
),

paid as (
    select
        ends.period_start,
        ends.period_end,
        months.account_key,
        sum(case when months.month_end = ends.period_start then months.mrr else 0 end) as mrr_before,
        sum(case when months.month_end = ends.period_end then months.mrr else 0 end) as mrr_after
    from ends
    inner join months
        on ends.period_start = months.month_end or ends.period_end = months.month_end
    group by ends.period_start, ends.period_end, months.account_key
),

grouped as (
    select
        paid.period_start,
        paid.period_end,
        paid.mrr_before,
        paid.mrr_after,
        case
            when paid.mrr_before > 0 then 'retained'
            when first_paid.first_end <= paid.period_start then 'returned'
            when customers.is_acquired_by_referral then 'earned'
            when not customers.is_acquired_by_referral then 'bought'
            else 'unknown'
        end as account_group
    from paid
    inner join first_paid
        on paid.account_key = first_paid.account_key
    left join {{ ref('dim_accounts') }} as customers
        on paid.account_key = customers.account_key
    where paid.mrr_before > 0 or paid.mrr_after > 0
),

summed as (
    select
        period_start,
        period_end,
        {% for name in groups %}
            sum(case when account_group = '{{ name }}' then 1 else 0 end) as {{ name }}_accounts,
            sum(case when account_group = '{{ name }}' then mrr_after else 0 end) as {{ name }}_mrr,
        {% endfor %}
        sum(mrr_before) as mrr_before,
        sum(mrr_after) as mrr_after
    from grouped
    group by period_start, period_end
),

others as (
    select
        *,
        bought_accounts + returned_accounts as known_accounts,
        bought_accounts + returned_accounts + unknown_accounts as other_accounts,
        bought_mrr + returned_mrr + unknown_mrr as other_mrr
    from summed
    where retained_accounts > 0
),

-- a group that is shown has nobody or at least as many accounts as the floor, and so has what is left of it
shown as (
    select
        others.*,
        others.retained_accounts >= floors.minimum_accounts
        and (others.earned_accounts = 0 or others.earned_accounts >= floors.minimum_accounts)
        and (others.other_accounts = 0 or others.other_accounts >= floors.minimum_accounts) as is_shown,
        (others.unknown_accounts = 0 or others.unknown_accounts >= floors.minimum_accounts)
        and (others.known_accounts = 0 or others.known_accounts >= floors.minimum_accounts)
            as is_unknown_shown
    from others
    cross join floors
),

measured as (
    select
        *,
        cast(mrr_before as {{ double() }}) as base,
        cast(mrr_after - mrr_before as {{ double() }}) as grown,
        cast(retained_mrr + earned_mrr - mrr_before as {{ double() }}) as earned_change
    from shown
)

select
    period_start,
    period_end,
    cast(retained_accounts as bigint) as accounts_before,
    cast(earned_accounts as bigint) as earned_accounts,
    cast(bought_accounts as bigint) as bought_accounts,
    cast(unknown_accounts as bigint) as unknown_accounts,
    cast(returned_accounts as bigint) as returned_accounts,
    {% for name in ['mrr_before', 'mrr_after', 'retained_mrr', 'earned_mrr', 'other_mrr'] %}
        cast(case when is_shown then {{ name }} end as decimal(18, 6)) as {{ name }},
    {% endfor %}
    case when is_shown then cast(retained_mrr as {{ double() }}) / base end as net_retention,
    case when is_shown then cast(earned_mrr as {{ double() }}) / base end as earned_new,
    case when is_shown then earned_change / base end as earned_growth,
    case
        when is_shown and is_unknown_shown then (earned_change + cast(unknown_mrr as {{ double() }})) / base
    end
        as earned_growth_at_most,
    case when is_shown then grown / base end as total_growth,
    case when is_shown and grown > 0 then earned_change / grown end as earned_ratio,
    case
        when earned_accounts + bought_accounts + unknown_accounts > 0
            then
                cast(earned_accounts + bought_accounts as {{ double() }})
                / (earned_accounts + bought_accounts + unknown_accounts)
    end as referral_coverage
from measured

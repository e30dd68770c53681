-- Months in which nothing is and nothing was are left out last of all, so that what follows a gap is compared
-- with what was before it. Dates lie between 1900 and 2199, which are so many months.
{% set months_at_most = 3600 -%}
{% set amounts = [
    'invoiced_amount', 'recognised_amount', 'deferred_amount', 'opening_mrr', 'new_mrr', 'reactivation_mrr',
    'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'mrr'
] -%}

with numbers as (
    {{ dbt.generate_series(months_at_most) | indent(4) }}
),

entries as (
    select * from {{ ref('int_revenue__by_month') }}
),

accounts as (
    select
        account_key,
        is_known_account,
        min(month_start) as first_month
    from entries
    group by account_key, is_known_account
),

-- the calendar once, not once for every account
begun as (
    select min(first_month) as first_month
    from accounts
),

months as (
    select
        cast({{ dbt.dateadd('month', 'numbers.generated_number - 1', 'begun.first_month') }} as date)
            as month_start,
        cast({{ dbt.dateadd('month', 'numbers.generated_number', 'begun.first_month') }} as date) as month_end
    from begun
    cross join numbers
    where begun.first_month is not null
),

moments as (
    select
        accounts.account_key,
        accounts.is_known_account,
        months.month_start,
        months.month_end,
        least(cast(months.month_end as timestamp), {{ as_of() }}) as measured_at
    from accounts
    inner join months on accounts.first_month <= months.month_start
    where cast(months.month_start as timestamp) < {{ as_of() }}
),

recurring as (
    {{ recurring_revenue_at('moments', 'measured_at', ['account_key', 'month_start']) }}
),

measured as (
    select
        moments.account_key,
        moments.is_known_account,
        moments.month_start,
        moments.month_end,
        moments.measured_at,
        coalesce(entries.invoiced_amount, 0) as invoiced_amount,
        coalesce(entries.recognised_amount, 0) as recognised_amount,
        sum(coalesce(entries.invoiced_amount, 0) - coalesce(entries.recognised_amount, 0)) over so_far
            as deferred_amount,
        coalesce(recurring.mrr, 0) as mrr,
        coalesce(lag(recurring.mrr) over so_far, 0) as opening_mrr,
        coalesce(max(recurring.mrr) over (
            partition by moments.account_key order by moments.month_start
            rows between unbounded preceding and 1 preceding
        ), 0) as highest_before
    from moments
    left join entries
        on moments.account_key = entries.account_key and moments.month_start = entries.month_start
    left join recurring
        on moments.account_key = recurring.account_key and moments.month_start = recurring.month_start
    window so_far as (partition by moments.account_key order by moments.month_start)
),

moved as (
    select
        *,
        case when opening_mrr = 0 and highest_before = 0 then mrr else 0 end as new_mrr,
        case when opening_mrr = 0 and highest_before > 0 then mrr else 0 end as reactivation_mrr,
        case when opening_mrr > 0 and mrr > opening_mrr then mrr - opening_mrr else 0 end as expansion_mrr,
        case when mrr > 0 and mrr < opening_mrr then mrr - opening_mrr else 0 end as contraction_mrr,
        case when mrr = 0 then -opening_mrr else 0 end as churned_mrr
    from measured
)

select
    account_key,
    month_start,
    month_end,
    is_known_account,
    measured_at = cast(month_end as timestamp) as is_complete,
    {% for amount in amounts %}
        cast({{ amount }} as decimal(18, 6)) as {{ amount }},
    {% endfor %}
    cast(mrr * 12 as decimal(18, 6)) as arr
from moved
where
    invoiced_amount <> 0 or recognised_amount <> 0 or deferred_amount <> 0 or mrr <> 0 or opening_mrr <> 0

-- Months in which nothing is and nothing was are left out last of all, so that what follows a gap is compared
-- with what was before it. Dates lie between 1900 and 2199, which are so many months.
{% set months_at_most = 3600 -%}
{% set amounts = [
    'invoiced_amount', 'recognised_amount', 'deferred_amount', 'opening_mrr', 'new_mrr', 'reactivation_mrr',
    'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'mrr'
] -%}
{% set so_far -%}
    (partition by account_key order by month_start rows between unbounded preceding and current row)
{%- endset -%}

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
            as month_start
    from begun
    cross join numbers
    where begun.first_month is not null
),

moments as (
    select
        accounts.account_key,
        accounts.is_known_account,
        months.month_start
    from accounts
    inner join months on accounts.first_month <= months.month_start
    where cast(months.month_start as timestamp) < {{ as_of() }}
),

-- A line is in force at a month's end if it began before that and goes on up to it at least: what is paid
-- changes in the month in which it begins, and in that in which it ends. A month that as-of cuts ends there.
changes as (
    select
        account_key,
        {{ dbt.date_trunc('month', 'recurring_from') }} as changed_month,
        monthly_amount as mrr_change
    from {{ ref('int_revenue__recurring') }}
    where recurring_from < {{ as_of() }}
    union all
    select
        account_key,
        {{ dbt.date_trunc('month', 'recurring_to') }} as changed_month,
        -monthly_amount as mrr_change
    from {{ ref('int_revenue__recurring') }}
    where recurring_to < {{ as_of() }}
),

changed as (
    select
        account_key,
        cast(changed_month as date) as month_start,
        sum(mrr_change) as mrr_change
    from changes
    group by account_key, changed_month
),

joined as (
    select
        moments.account_key,
        moments.is_known_account,
        moments.month_start,
        coalesce(entries.invoiced_amount, 0) as invoiced_amount,
        coalesce(entries.recognised_amount, 0) as recognised_amount,
        coalesce(changed.mrr_change, 0) as mrr_change
    from moments
    left join entries
        on moments.account_key = entries.account_key and moments.month_start = entries.month_start
    left join changed
        on moments.account_key = changed.account_key and moments.month_start = changed.month_start
),

summed as (
    select
        *,
        sum(invoiced_amount - recognised_amount) over {{ so_far }} as deferred_amount,
        sum(mrr_change) over {{ so_far }} as worth
    from joined
),

-- more credited than billed is nothing
measured as (
    select
        *,
        greatest(cast(worth as decimal(18, 6)), 0) as mrr,
        greatest(cast(worth - mrr_change as decimal(18, 6)), 0) as opening_mrr
    from summed
),

begun_to_pay as (
    select
        account_key,
        min(month_start) as first_paid_month
    from measured
    where mrr > 0
    group by account_key
),

dated as (
    select
        measured.*,
        begun_to_pay.first_paid_month
    from measured
    left join begun_to_pay
        on measured.account_key = begun_to_pay.account_key
),

moved as (
    select
        *,
        cast({{ dbt.dateadd('month', 1, 'month_start') }} as date) as month_end,
        case when opening_mrr = 0 and month_start = first_paid_month then mrr else 0 end as new_mrr,
        case when opening_mrr = 0 and month_start > first_paid_month then mrr else 0 end as reactivation_mrr,
        case when opening_mrr > 0 and mrr > opening_mrr then mrr - opening_mrr else 0 end as expansion_mrr,
        case when mrr > 0 and mrr < opening_mrr then mrr - opening_mrr else 0 end as contraction_mrr,
        case when mrr = 0 then -opening_mrr else 0 end as churned_mrr
    from dated
)

select
    account_key,
    month_start,
    month_end,
    is_known_account,
    cast(month_end as timestamp) <= {{ as_of() }} as is_complete,
    {% for amount in amounts %}
        cast({{ amount }} as decimal(18, 6)) as {{ amount }},
    {% endfor %}
    cast(mrr * 12 as decimal(18, 6)) as arr
from moved
where
    invoiced_amount <> 0 or recognised_amount <> 0 or deferred_amount <> 0 or mrr <> 0 or opening_mrr <> 0

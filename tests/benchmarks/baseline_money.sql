-- Account months by hand: what fct_account_months holds, from invoices as Parquet, without history, audit or checks.
-- Belongs here: the shortest SQL that a good analyst would write. Does not belong here: anything of the pipeline.
create temp table lines as
select
    lower(invoices.account_id) as account_key,
    cast(invoices.issued_at as date) as issued_on,
    invoices.period_start,
    invoices.period_end,
    epoch_us(invoices.period_end) - epoch_us(invoices.period_start) as length,
    date_diff('month', invoices.period_start, invoices.period_end) as months,
    cast(
        cast(invoices.net_amount as double) * cast(rates.rate_to_reporting as double) as decimal(18, 6)
    ) as amount
from read_parquet(getvariable('world') || '/invoices.parquet') as invoices
asof inner join read_csv(getvariable('rates')) as rates
    on invoices.currency = rates.currency and cast(invoices.issued_at as date) >= rates.valid_from;

create temp table entries as
with shares as (
    select
        account_key,
        cast(month_from as date) as month_start,
        amount,
        months,
        length,
        epoch_us(greatest(month_from, period_start)) - epoch_us(period_start) as passed_before,
        epoch_us(least(month_from + interval 1 month, getvariable('as_of'), period_end)) - epoch_us(period_start)
            as passed_after,
        least(month_from + interval 1 month, getvariable('as_of')) between period_start + interval 1 microsecond
        and period_end as is_in_force
    from lines,
        unnest(generate_series(
            date_trunc('month', period_start),
            least(period_end, getvariable('as_of')) - interval 1 microsecond,
            interval 1 month
        )) as months_of (month_from)
)

select
    account_key,
    month_start,
    0 as invoiced,
    cast(round(cast(amount as double) * passed_after / length, 6) as decimal(18, 6))
    - cast(round(cast(amount as double) * passed_before / length, 6) as decimal(18, 6)) as recognised,
    case when is_in_force then cast(round(cast(amount as double) / months, 6) as decimal(18, 6)) else 0 end as mrr
from shares
union all
select
    account_key,
    date_trunc('month', issued_on) as month_start,
    amount as invoiced,
    0 as recognised,
    0 as mrr
from lines
where issued_on < getvariable('as_of');

create temp table account_months as
with summed as (
    select
        account_key,
        month_start,
        sum(invoiced) as invoiced,
        sum(recognised) as recognised,
        greatest(sum(mrr), 0) as mrr
    from entries
    group by all
),

every_month as (
    select
        account_key,
        cast(month_from as date) as month_start
    from (
        select
            account_key,
            min(month_start) as first_month
        from summed
        group by account_key
    ),
        unnest(generate_series(
            cast(first_month as timestamp), getvariable('as_of') - interval 1 microsecond, interval 1 month
        )) as months_of (month_from)
),

measured as (
    select
        every_month.account_key,
        every_month.month_start,
        coalesce(summed.invoiced, 0) as invoiced,
        coalesce(summed.recognised, 0) as recognised,
        coalesce(summed.mrr, 0) as mrr,
        sum(coalesce(summed.invoiced, 0) - coalesce(summed.recognised, 0)) over so_far as deferred,
        coalesce(lag(summed.mrr) over so_far, 0) as opening,
        coalesce(max(summed.mrr) over (so_far rows between unbounded preceding and 1 preceding), 0) as highest
    from every_month
    left join summed using (account_key, month_start)
    window so_far as (partition by account_key order by month_start)
)

select
    measured.account_key,
    measured.month_start,
    cast(measured.month_start + interval 1 month as date) as month_end,
    accounts.account_key is not null as is_known_account,
    measured.month_start + interval 1 month <= getvariable('as_of') as is_complete,
    cast(invoiced as decimal(18, 6)) as invoiced_amount,
    cast(recognised as decimal(18, 6)) as recognised_amount,
    cast(deferred as decimal(18, 6)) as deferred_amount,
    cast(opening as decimal(18, 6)) as opening_mrr,
    cast(if(opening = 0 and highest = 0, mrr, 0) as decimal(18, 6)) as new_mrr,
    cast(if(opening = 0 and highest > 0, mrr, 0) as decimal(18, 6)) as reactivation_mrr,
    cast(if(opening > 0 and mrr > opening, mrr - opening, 0) as decimal(18, 6)) as expansion_mrr,
    cast(if(mrr > 0 and mrr < opening, mrr - opening, 0) as decimal(18, 6)) as contraction_mrr,
    cast(if(mrr = 0, -opening, 0) as decimal(18, 6)) as churned_mrr,
    cast(mrr as decimal(18, 6)) as mrr,
    cast(mrr * 12 as decimal(18, 6)) as arr
from measured
left join (
    select distinct lower(account_id) as account_key
    from read_parquet(getvariable('world') || '/accounts.parquet')
) as accounts using (account_key)
where invoiced <> 0 or recognised <> 0 or deferred <> 0 or mrr <> 0 or opening <> 0;

-- Belongs here: periods, and how many answers each cell has.

create temp table periods as
with bounds as (select min(day) as first_day, getvariable('as_of')::date as as_of from voices),
months as (select unnest(generate_series(date_trunc('month', first_day), as_of, interval 1 month))::date as m, * from bounds),
calendar as (
    select distinct grain, date_trunc(grain, m)::date as f, months as length
    from (values ('month', 1), ('quarter', 3), ('year', 12)) as g(grain, months), months where m < as_of
),
ends as (select m as e from months where m > first_day union select as_of from bounds),
found as (
    select grain as period_grain, f as period_start, (f + to_months(length))::date as period_end,
        (f - to_months(length))::date as previous_start
    from calendar
    union all
    select 'trailing_' || days || 'd', (e - to_days(days))::date, e, (e - to_days(2 * days))::date
    from ends, (values (90), (365)) as t(days)
    union all
    select 'all_time', first_day, as_of, null from bounds
)
select *, least(period_end, getvariable('as_of')::date) as standing_date from found;

create temp macro whole(member) as coalesce(member, '(all)');

-- between two edges of windows nothing begins or ends: counted once there, then added up
create temp table edges as
select distinct unnest([previous_start, period_start, period_end]) as edge from periods;

create temp table sliced as
select edge, survey_type,
    whole(customer_value_tier) as customer_value_tier, whole(journey_stage) as journey_stage,
    whole(branch) as branch, whole(region) as region, whole(plan) as plan, whole(channel) as channel,
    sum(p) as p, sum(pa) as pa, sum(d) as d
from voices asof join edges on day >= edge
group by edge, survey_type, grouping sets (
    (), (customer_value_tier), (journey_stage), (branch), (region), (plan), (channel),
    (customer_value_tier, journey_stage), (branch, journey_stage), (customer_value_tier, branch),
    (customer_value_tier, region), (customer_value_tier, plan), (customer_value_tier, channel),
    (customer_value_tier, branch, journey_stage)
);

-- b is what lies behind the window before
create temp table beside_before as
with windows as (
    select 'in_period' as measure, period_grain, period_start, period_end, sliced.* exclude (edge), 0 as bp, 0 as bpa, 0 as bd
    from sliced join periods on edge >= period_start and edge < period_end
    union all
    select 'in_period', period_grain, period_start, period_end, sliced.* exclude (edge, p, pa, d), 0, 0, 0, p, pa, d
    from sliced join periods on edge >= previous_start and edge < period_start
),
added as (
    select * exclude (p, pa, d, bp, bpa, bd),
        sum(p) as p, sum(pa) as pa, sum(d) as d, sum(bp) as bp, sum(bpa) as bpa, sum(bd) as bd
    from windows group by all
    union all by name
    select 'current_state' as measure, survey_type, period_grain, period_start, period_end,
        whole(customer_value_tier) as customer_value_tier, whole(journey_stage) as journey_stage,
        whole(branch) as branch, whole(region) as region, whole(plan) as plan, whole(channel) as channel,
        sum(p) as p, sum(pa) as pa, sum(d) as d, 0 as bp, 0 as bpa, 0 as bd
    from voices join periods on day >= period_start and day < period_end and coalesce(next_day >= period_end, true)
    where period_grain = 'trailing_365d'
    group by survey_type, period_grain, period_start, period_end, grouping sets (
        (), (customer_value_tier), (journey_stage), (branch), (region), (plan), (channel),
        (customer_value_tier, journey_stage), (branch, journey_stage), (customer_value_tier, branch),
        (customer_value_tier, region), (customer_value_tier, plan), (customer_value_tier, channel),
        (customer_value_tier, branch, journey_stage)
    )
)
select * exclude (p, pa, d, bp, bpa, bd), p::bigint as p, pa::bigint as pa, d::bigint as d, (p + pa + d)::bigint as n,
    bp::bigint as bp, bpa::bigint as bpa, bd::bigint as bd, (bp + bpa + bd)::bigint as bn
from added;

create temp table counts as from beside_before where n > 0;

-- the last four sets are there for their strata only
create temp table cells as
select * from counts
where customer_value_tier = '(all)' or (region = '(all)' and plan = '(all)' and channel = '(all)'
    and (branch = '(all)' or journey_stage = '(all)'));

-- Belongs here: at which edges of windows a cell must not be divided (docs/decisions/0078-windows-of-a-cell-are-divided-where-enough-answered.md).

create temp macro enough(p, pa, d) as p + pa + d >= 5 and greatest(p, pa, d) < p + pa + d;

-- the year up to as-of, years, quarters, months, other days
create temp table ranked_edges as
select edge, case when edge = getvariable('as_of')::date - 365 then 1 when edge = date_trunc('year', edge) then 2
    when edge = date_trunc('quarter', edge) then 3 when edge = date_trunc('month', edge) then 4 else 5 end as rank
from edges;

-- only windows with few answers tell of few
create temp table in_few as
with found as (
    select * from (select beside_before.*, period_start as ws, period_end as we, n as answers from beside_before) where measure = 'in_period'
    union all
    select b.*, previous_start, b.period_start, bn
    from beside_before as b join periods using (period_grain, period_start, period_end) where measure = 'in_period'
)
select distinct survey_type, customer_value_tier, journey_stage, branch, region, plan, channel, edge
from found join edges on edge between ws and we where answers between 1 and 4;

-- a cell is divided before its first answer and after its last: whether few are told there
create temp table near_ends as
with spans as (
    select survey_type, customer_value_tier, journey_stage, branch, region, plan, channel, min(edge) as first_edge, max(edge) as last_edge
    from sliced group by all
)
select survey_type, customer_value_tier, journey_stage, branch, region, plan, channel,
    bool_or(edge <= first_edge) as begins, bool_or(edge > last_edge) as ends
from in_few join spans using (survey_type, customer_value_tier, journey_stage, branch, region, plan, channel)
group by all;

-- what a cell has between two days with answers, as long as it is not all of it
create temp table levels_0 as
with steps as (
    select * exclude (p, pa, d), sum(p) over so_far as p, sum(pa) over so_far as pa, sum(d) over so_far as d,
        sum(p) over cell as all_p, sum(pa) over cell as all_pa, sum(d) over cell as all_d,
        lead(edge) over (cell order by edge) as next_edge
    from sliced
    where customer_value_tier = '(all)' or (region = '(all)' and plan = '(all)' and channel = '(all)'
        and (branch = '(all)' or journey_stage = '(all)'))
    window cell as (partition by survey_type, customer_value_tier, journey_stage, branch, region, plan, channel),
    so_far as (cell order by edge)
),
reached as (
    select steps.*, list(e.edge) as undivided, min(rank) as own_rank, count(f.edge) = 0 as is_free,
        any_value(begins) as begins, any_value(ends) as ends
    from steps join ranked_edges as e on e.edge > steps.edge and e.edge <= next_edge
    left join in_few as f on f.edge = e.edge and (f.survey_type, f.customer_value_tier, f.journey_stage, f.branch, f.region, f.plan, f.channel)
        = (steps.survey_type, steps.customer_value_tier, steps.journey_stage, steps.branch, steps.region, steps.plan, steps.channel)
    left join near_ends as n on (n.survey_type, n.customer_value_tier, n.journey_stage, n.branch, n.region, n.plan, n.channel)
        = (steps.survey_type, steps.customer_value_tier, steps.journey_stage, steps.branch, steps.region, steps.plan, steps.channel)
    group by all
)
select * exclude (own_rank, is_free, begins, ends),
    is_free and (enough(p, pa, d) or not coalesce(begins, false))
        and (enough(all_p - p, all_pa - pa, all_d - d) or not coalesce(ends, false)) as is_point,
    if(is_point, 0, own_rank) as rank
from reached;

create temp macro points(levels, n) as table
select * replace (
    is_point or (rank = n
        and enough(p - coalesce(max(p) filter (rank <= n) over before, 0), pa - coalesce(max(pa) filter (rank <= n) over before, 0),
            d - coalesce(max(d) filter (rank <= n) over before, 0))
        and enough(coalesce(min(p) filter (is_point) over after, all_p) - p, coalesce(min(pa) filter (is_point) over after, all_pa) - pa,
            coalesce(min(d) filter (is_point) over after, all_d) - d)) as is_point
)
from query_table(levels)
window before as (partition by survey_type, customer_value_tier, journey_stage, branch, region, plan, channel
    order by edge rows between unbounded preceding and 1 preceding),
after as (partition by survey_type, customer_value_tier, journey_stage, branch, region, plan, channel
    order by edge rows between 1 following and unbounded following);

create temp table levels_1 as from points('levels_0', 1);
create temp table levels_2 as from points('levels_1', 2);
create temp table levels_3 as from points('levels_2', 3);
create temp table levels_4 as from points('levels_3', 4);
create temp table levels_5 as from points('levels_4', 5);

-- members add up to the company: those undivided by themselves take the one with the fewest answers with them where they, or the
-- company, would follow from the others
create temp table undivided as
with stretches as (
    select *, [customer_value_tier <> '(all)', journey_stage <> '(all)', branch <> '(all)', region <> '(all)', plan <> '(all)',
            channel <> '(all)'] as side,
        p - coalesce(max(p) filter (is_point) over before, 0) as p0, coalesce(min(p) filter (is_point) over after, all_p) - p as p1,
        pa - coalesce(max(pa) filter (is_point) over before, 0) as pa0, coalesce(min(pa) filter (is_point) over after, all_pa) - pa as pa1,
        d - coalesce(max(d) filter (is_point) over before, 0) as d0, coalesce(min(d) filter (is_point) over after, all_d) - d as d1
    from levels_5
    window before as (partition by survey_type, customer_value_tier, journey_stage, branch, region, plan, channel
        order by edge rows between unbounded preceding and 1 preceding),
    after as (partition by survey_type, customer_value_tier, journey_stage, branch, region, plan, channel
        order by edge rows between 1 following and unbounded following)
),
dated as (
    select * exclude (undivided), unnest(undivided) as day, list_sum(side::int[]) as sides from stretches
),
beside as (
    select *, count_if(not is_point) over those as few,
        bool_or(sides = 0 and not is_point) over (partition by survey_type, day) as is_company,
        enough(sum(p0) filter (not is_point) over those, sum(pa0) filter (not is_point) over those, sum(d0) filter (not is_point) over those)
            and enough(sum(p1) filter (not is_point) over those, sum(pa1) filter (not is_point) over those, sum(d1) filter (not is_point) over those)
            as are_enough,
        row_number() over (partition by survey_type, side, day, is_point order by p + pa + d, md5(customer_value_tier),
            md5(journey_stage), md5(branch), md5(region), md5(plan), md5(channel)) as place
    from dated
    window those as (partition by survey_type, side, day)
)
select survey_type, customer_value_tier, journey_stage, branch, region, plan, channel, day
from beside
where not is_point or (sides = 1 and place = 1 and (is_company::int + few = 1 or (not is_company and few > 1 and not are_enough)));

-- Belongs here: every figure of nps_scores.

create temp macro variance(p, d, n) as (p + d)::double / n - ((p - d)::double / n) ** 2;

create temp table changes as
with adjusted as (
    select * exclude (p, pa, d, n, bp, bpa, bd, bn), 100.0 * (p - d) / n - 100.0 * (bp - bd) / bn as nps_change,
        ((p - d)::double / (n + 3) - (bp - bd)::double / (bn + 3)) / sqrt(
            variance(p + 0.75, d + 0.75, n + 3) / (n + 3) + variance(bp + 0.75, bd + 0.75, bn + 3) / (bn + 3)
        ) as change_z,
        [customer_value_tier <> '(all)', journey_stage <> '(all)', branch <> '(all)', region <> '(all)', plan <> '(all)',
            channel <> '(all)'] as segment
    from cells anti join hidden using (survey_type, measure, period_grain, period_start, period_end,
        customer_value_tier, journey_stage, branch, region, plan, channel)
    where n >= 30 and bn >= 30 and measure = 'in_period'
),
tested as (select *, erfc(abs(change_z) / sqrt(2)) as change_p_value from adjusted),
ranked as (
    select *, count(*) over family as family_size, row_number() over (family order by change_p_value) as place
    from tested window family as (partition by survey_type, measure, period_grain, period_start, period_end, segment)
)
-- Benjamini and Hochberg
select * exclude (family_size, place, segment), min(change_p_value * family_size / place) over (
    partition by survey_type, measure, period_grain, period_start, period_end, segment
    order by change_p_value desc range unbounded preceding
) as change_q_value
from ranked;

create temp table rates_of_response as
with sliced as (
    select edge, survey_type, whole(customer_value_tier) as customer_value_tier, whole(journey_stage) as journey_stage,
        whole(branch) as branch, whole(region) as region, whole(plan) as plan, whole(channel) as channel,
        sum(delivered) as delivered, sum(answered) as answered
    from invited asof join edges on day >= edge
    group by edge, survey_type, grouping sets (
        (), (customer_value_tier), (journey_stage), (branch), (region), (plan), (channel),
        (customer_value_tier, journey_stage), (branch, journey_stage), (customer_value_tier, branch)
    )
)
select sliced.* exclude (edge, delivered, answered), period_grain, period_start, period_end,
    sum(delivered)::bigint as delivered, sum(answered)::bigint as answered
from sliced join periods on edge >= period_start and edge < period_end
group by all;

create temp table populations as
select standing_date, whole(customer_value_tier) as customer_value_tier, whole(branch) as branch, whole(region) as region,
    whole(plan) as plan, count(*) as customers, sum(revenue) as revenue
from customers_of
group by standing_date, grouping sets (
    (), (customer_value_tier), (branch), (region), (plan), (customer_value_tier, branch), (customer_value_tier, region),
    (customer_value_tier, plan)
);

-- an account is heard once in a window, and once in each stage and channel it was asked in
create temp table covered as
with asked as (
    select account, survey_type, day, next_day, '(all)' as journey_stage, '(all)' as channel from voices
    union all
    select account, survey_type, day, next_day, journey_stage, '(all)' from voices
    union all
    select account, survey_type, day, next_day, '(all)', channel from voices
),
-- the account's last answer in a window stands for all
in_turn as (
    select *, lead(day) over (partition by account, survey_type, journey_stage, channel order by day) as again
    from asked where account is not null
),
heard as (
    select survey_type, 'in_period' as measure, period_grain, period_start, period_end, standing_date, account, journey_stage,
        channel
    from in_turn join periods on day >= period_start and day < period_end and coalesce(again >= period_end, true)
    union all
    select distinct survey_type, 'current_state', period_grain, period_start, period_end, standing_date, account,
        journey_stage, channel
    from in_turn join periods on day >= period_start and day < period_end and coalesce(next_day >= period_end, true)
    where period_grain = 'trailing_365d'
),
valued as (
    select h.*, c.revenue, c.customer_value_tier, c.branch, c.region, c.plan
    from heard as h join customers_of as c using (standing_date, account)
)
select survey_type, measure, period_grain, period_start, period_end,
    journey_stage, channel, whole(customer_value_tier) as customer_value_tier, whole(branch) as branch, whole(region) as region,
    whole(plan) as plan, sum(revenue) as revenue
from valued where journey_stage = '(all)' and channel = '(all)'
group by survey_type, measure, period_grain, period_start, period_end, journey_stage, channel,
    grouping sets (
    (), (customer_value_tier), (branch), (region), (plan), (customer_value_tier, branch)
)
union all
select survey_type, measure, period_grain, period_start, period_end,
    journey_stage, channel, whole(customer_value_tier), whole(branch), '(all)', '(all)', sum(revenue)
from valued where journey_stage <> '(all)'
group by survey_type, measure, period_grain, period_start, period_end, journey_stage, channel,
    grouping sets ((), (customer_value_tier), (branch))
union all
select survey_type, measure, period_grain, period_start, period_end,
    journey_stage, channel, '(all)', '(all)', '(all)', '(all)', sum(revenue)
from valued where channel <> '(all)'
group by survey_type, measure, period_grain, period_start, period_end, journey_stage, channel;

create temp table poststratified as
with weighed as (
    select counts.*, p - d as net, standing_date, customers as weight
    from counts join periods using (period_grain, period_start, period_end)
    join populations using (standing_date, customer_value_tier, branch, region, plan)
    where customer_value_tier <> '(all)'
)
select survey_type, measure, period_grain, period_start, period_end,
    '(all)' as customer_value_tier, journey_stage, branch, region, plan, channel,
    100 * sum(weight * net::double / n) / sum(weight) as post_stratified_nps,
    sum(weight)::double ** 2 / sum(weight::double ** 2 / n) as effective_responses,
    sum(weight)::double / any_value(total.customers) as stratified_share
from weighed join (from populations where customer_value_tier = '(all)') as total using (standing_date, branch, region, plan)
group by all;

create or replace table nps_scores as
with found as (
select survey_type, measure, period_grain, period_start, period_end,
    cells.customer_value_tier, journey_stage, cells.branch, cells.region, cells.plan, channel,
    case when n >= 5 then p end as promoters, case when n >= 5 then pa end as passives,
    case when n >= 5 then d end as detractors, n as responses, case when n >= 30 then 100.0 * (p - d) / n end as nps,
    case when n >= 30 then 100 * sqrt(variance(p, d, n) / n) end as nps_standard_error,
    case when n >= 5 then 100 * greatest(-1, (p - d)::double / (n + 3)
        - 1.959963984540054 * sqrt(variance(p + 0.75, d + 0.75, n + 3) / (n + 3))) end as nps_low,
    case when n >= 5 then 100 * least(1, (p - d)::double / (n + 3)
        + 1.959963984540054 * sqrt(variance(p + 0.75, d + 0.75, n + 3) / (n + 3))) end as nps_high,
    case when n >= 100 then 'reportable' when n >= 30 then 'indicative' when n >= 5 then 'interval_only' else 'suppressed' end
        as reportability,
    nps_change, change_z, change_p_value, change_q_value,
    coalesce(answered, 0) as answered_invitations, coalesce(delivered, 0) as delivered_invitations,
    answered::double / delivered as response_rate,
    coalesce(covered.revenue, 0)::double / populations.revenue::double as revenue_coverage,
    case when n >= 30 then post_stratified_nps end as post_stratified_nps,
    case when n >= 30 then effective_responses end as effective_responses,
    case when n >= 30 then stratified_share end as stratified_share,
    case when cells.branch in ('(all)', 'Unassigned') then cells.branch else branches.name end as branch_name
from cells
join periods using (period_grain, period_start, period_end)
left join changes using (survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel)
left join rates_of_response using (survey_type, period_grain, period_start, period_end, customer_value_tier, journey_stage,
    branch, region, plan, channel)
left join covered using (survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel)
left join poststratified using (survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel)
left join populations using (standing_date, customer_value_tier, branch, region, plan)
left join branches on branches.branch = cells.branch
)
select * exclude (for_others) replace (
    coalesce(if(for_others, 'suppressed_for_others', null), reportability) as reportability,
    if(for_others, null, promoters) as promoters, if(for_others, null, passives) as passives,
    if(for_others, null, detractors) as detractors, if(for_others, null, nps) as nps,
    if(for_others, null, nps_standard_error) as nps_standard_error, if(for_others, null, nps_low) as nps_low,
    if(for_others, null, nps_high) as nps_high, if(for_others, null, nps_change) as nps_change,
    if(for_others, null, change_z) as change_z, if(for_others, null, change_p_value) as change_p_value,
    if(for_others, null, change_q_value) as change_q_value,
    if(for_others, null, post_stratified_nps) as post_stratified_nps,
    if(for_others, null, effective_responses) as effective_responses,
    if(for_others, null, stratified_share) as stratified_share
)
from found left join (select * exclude (is_before), true as for_others from hidden where not is_before)
    using (survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel);

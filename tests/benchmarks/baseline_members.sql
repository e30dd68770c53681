-- Belongs here: answers, invitations and customers with their value, branch, region, plan, stage and channel then.

create temp table standing_dates as
with first_day as (
    select least((select min(responded_at) from counted), (select min(sent_at) from invitations)) as moment
)
select unnest(generate_series(date_trunc('month', moment), getvariable('as_of')::timestamptz, interval 1 month)) as moment
from first_day
union
select getvariable('as_of')::timestamptz;

create temp table trailing_revenue as
with moments as (
    select distinct account, responded_at as moment from counted where account is not null
    union
    select account, moment from (select distinct account from recognised) cross join standing_dates
),
shares as (
    select m.account, m.moment,
        case when r.t = r.f then r.amount
            else (r.amount::double * (epoch_us(least(r.t, m.moment)) - epoch_us(greatest(r.f, m.moment - interval 365 day)))
                / (epoch_us(r.t) - epoch_us(r.f)))::decimal(18, 6) end as share
    from moments as m join recognised as r on r.account = m.account and r.f < m.moment
        and r.t >= m.moment - interval 365 day
)
select account, moment, sum(share)::decimal(18, 4) as revenue from shares group by all;

-- an invitation is worth what its account was at the beginning of the month
create temp table subjects as
select 'answer' as kind, answer as id, survey_type, account, responded_at as moment, responded_at as valued_at, stage,
    own_branch, channel
from counted
union all
select 'invitation', i.invitation, r.survey_type, p.account, i.sent_at, date_trunc('month', i.sent_at), r.stage, null, i.channel
from invitations as i
join registry as r on r.survey_id = i.survey_id
left join people as p on p.contact = i.contact
where i.has_arrived and i.sent_at < getvariable('as_of')::timestamptz
union all
select 'customer', null, null, account, moment, moment, null, null, null
from trailing_revenue semi join standing_dates using (moment)
where revenue > 0;

create temp macro attribute(name) as table select account, v, valid_from from attribute_periods where field = name;

create temp table members as
with dated as (
    select s.*, coalesce(s.own_branch, norm(b.v)) as branch_key, nullif(p.v, '') as plan, nullif(g.v, '') as region,
        nullif(l.v, '') as lifecycle
    from subjects as s
    asof left join attribute('Branch__c') as b on b.account = s.account and s.moment >= b.valid_from
    asof left join attribute('Region__c') as g on g.account = s.account and s.moment >= g.valid_from
    asof left join attribute('Plan__c') as p on p.account = s.account and s.moment >= p.valid_from
    asof left join attribute('Lifecycle_Stage__c') as l on l.account = s.account and s.moment >= l.valid_from
)
select d.kind, d.id, d.survey_type, d.account, d.moment, (d.moment at time zone 'UTC')::date as day, r.revenue,
    case when d.account is null then 'Unassigned' else tier(coalesce(r.revenue, 0)) end as customer_value_tier,
    coalesce(d.stage, case when d.lifecycle in ('onboarding', 'adoption', 'support', 'branch_visit', 'renewal')
        then d.lifecycle end, 'Unassigned') as journey_stage,
    coalesce(br.branch, 'Unassigned') as branch, coalesce(br.region, d.region, 'Unassigned') as region,
    coalesce(d.plan, 'Unassigned') as plan, coalesce(d.channel, 'Unassigned') as channel
from dated as d
left join branches as br on br.branch_key = d.branch_key
left join trailing_revenue as r on r.account = d.account and r.moment = d.valued_at;

-- until the day of the same person's next answer of the survey type, an answer is the current one
create temp table voices as
select m.* exclude (kind, id, moment, revenue), (c.score >= 9)::int as p, (c.score in (7, 8))::int as pa,
    (c.score <= 6)::int as d,
    (lead(c.responded_at) over (partition by c.person, c.survey_type order by c.responded_at, c.answer)
        at time zone 'UTC')::date as next_day
from members as m join counted as c on m.kind = 'answer' and c.answer = m.id;

create temp table invited as
with heard as (
    select distinct a.invitation, a.survey_id from answers as a join registry as r on r.survey_id = a.survey_id
    where a.question_id = 'QID1' and a.status not in (1, 2, 8) and a.score is not null
        and a.answer not in (select answer from erased)
)
select m.day, m.survey_type, m.customer_value_tier, m.journey_stage, m.branch, m.region, m.plan, m.channel,
    count(*) as delivered, count(h.invitation) as answered
from members as m
join invitations as i on m.kind = 'invitation' and i.invitation = m.id
left join heard as h on h.invitation = i.invitation and h.survey_id = i.survey_id
group by all;

create temp table customers_of as
select day as standing_date, account, revenue, customer_value_tier, branch, region, plan from members where kind = 'customer';

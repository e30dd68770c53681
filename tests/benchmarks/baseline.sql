-- The named baseline: what one good analyst would write by hand for DuckDB to get nps_scores from the same
-- data, already lying there as Parquet. No raw history, no quarantine text, no checks, no publication.
-- Parameters: getvariable('world') is the folder, getvariable('as_of') the exclusive end.

create temp macro norm(x) as nullif(lower(trim(x)), '');
create temp macro world(name) as table
    select * from read_parquet(getvariable('world') || '/' || name || '.parquet')
    where visible_at < getvariable('as_of')::timestamptz;

-- the last visible version of each record
create temp table contacts as
select norm(contact_id) as contact, norm(account_id) as account, norm(email) as email, norm(merged_into_id) as merged_into
from world('contacts') qualify row_number() over (partition by contact_id order by visible_at desc) = 1;

create temp table accounts as
select norm(account_id) as account, norm(merged_into_id) as merged_into
from world('accounts') qualify row_number() over (partition by account_id order by visible_at desc) = 1;

-- a merge into a record that is not known is not followed
update contacts set merged_into = null where merged_into not in (select contact from contacts);
update accounts set merged_into = null where merged_into not in (select account from accounts);

create temp table account_survivors as
with recursive chain(account, survivor, depth) as (
    select account, coalesce(merged_into, account), 1 from accounts
    union all
    select chain.account, accounts.merged_into, depth + 1
    from chain join accounts on accounts.account = chain.survivor
    where accounts.merged_into is not null and depth < 20
)
select account, arg_max(survivor, depth) as survivor from chain group by 1;

create temp table contact_survivors as
with recursive chain(contact, survivor, depth) as (
    select contact, coalesce(merged_into, contact), 1 from contacts
    union all
    select chain.contact, contacts.merged_into, depth + 1
    from chain join contacts on contacts.contact = chain.survivor
    where contacts.merged_into is not null and depth < 20
)
select contact, arg_max(survivor, depth) as survivor from chain group by 1;

create temp table people as
select cs.contact, cs.survivor as person, acc.survivor as account
from contact_survivors as cs
join contacts as c on c.contact = cs.survivor
left join account_survivors as acc on acc.account = c.account;

create temp table contact_emails as
select c.email, min(p.person) as contact from contacts as c join people as p using (contact)
where c.email is not null group by 1;

create temp table employees as
select norm(email) as email from world('employees') where email is not null group by 1;

create temp table branches as
select norm(branch_id) as branch_key, branch_id as branch, region, name from world('branches')
qualify row_number() over (partition by branch_id order by visible_at desc) = 1;

create temp table invitations as
select norm(invitation_id) as invitation, norm(contact_id) as contact, sent_at from world('invitations')
qualify row_number() over (partition by invitation_id order by visible_at desc) = 1;

-- attribute values as intervals: the old value before the first change, the new value after each
create temp table attribute_periods as
with history as (
    select norm(account_id) as account, field, old_value, new_value, visible_at as moment,
        row_number() over (partition by account_id, field order by visible_at, history_id) as n
    from world('account_history')
),
latest as (
    select * from world('accounts') qualify row_number() over (partition by account_id order by visible_at desc) = 1
),
current_values as (
    unpivot (
        select norm(account_id) as account, coalesce(branch_id, '') as "Branch__c", coalesce(plan, '') as "Plan__c",
            coalesce(lifecycle_stage, '') as "Lifecycle_Stage__c"
        from latest
    ) on "Branch__c", "Plan__c", "Lifecycle_Stage__c" into name field value v
),
points as (
    select account, field, timestamptz '1900-01-01' as moment, old_value as v from history where n = 1
    union all
    select account, field, moment, new_value from history
    union all
    select c.account, c.field, timestamptz '1900-01-01', c.v from current_values as c
    anti join history as h on h.account = c.account and h.field = c.field
)
select account, field, v, moment as valid_from,
    coalesce(lead(moment) over (partition by account, field order by moment), timestamptz '9999-12-31') as valid_to
from points;

create temp table rates as
select * from (values ('eur', 1.0, 100), ('usd', 0.92, 100), ('gbp', 1.17, 100), ('jpy', 0.0062, 1))
as r(currency, rate, minor);

create temp table customers as
select norm(customer_id) as customer, norm(account_id) as account from world('customers')
qualify row_number() over (partition by customer_id order by visible_at desc) = 1;

create temp table recognised as
with inv as (
    select * from world('invoices') qualify row_number() over (partition by invoice_id order by visible_at desc) = 1
),
lines as (
    select customer_id, currency, subtotal_minor::double as minor_amount, period_start as f, period_end as t
    from inv where status not in ('draft', 'void')
    union all
    select customer_id, currency, -subtotal_minor, created_at, created_at from world('credit_notes') where status = 'issued'
    union all
    select r.customer_id, r.currency, -r.amount_minor * coalesce(inv.subtotal_minor / nullif(inv.total_minor, 0)::double, 1),
        r.created_at, r.created_at
    from world('refunds') as r left join inv on inv.invoice_id = r.invoice_id
    where r.status = 'succeeded'
        and r.refund_id not in (select refund_id from world('credit_notes') where refund_id is not null and status = 'issued')
)
select acc.survivor as account, lines.minor_amount / rates.minor * rates.rate as amount, f, t
from lines
join customers as c on c.customer = norm(lines.customer_id)
join account_survivors as acc on acc.account = c.account
join rates on rates.currency = lower(lines.currency);

create temp table answers as
with current_responses as (
    select * from world('responses') qualify row_number() over (partition by response_id order by visible_at desc) = 1
),
scored as (
    select *, 'QID1' as question_id, score_text as literal from current_responses
    union all
    select *, 'QID3', other_score_text from current_responses where survey_id = 'SV_Support0000001'
)
select r.response_id || ':' || r.question_id as answer, r.survey_id, r.question_id, r.status, r.literal,
    try_cast(r.literal as double) as score, r.recorded_at as responded_at, r.started_at, r.event_at, i.sent_at,
    norm(r.invitation_id) as invitation, norm(r.distribution_channel) as channel, b.branch_key as own_branch,
    coalesce(own.survivor, p.account) as account,
    coalesce(p.person, norm(r.email), 'qualtrics:' || lower(r.response_id) || ':' || lower(r.question_id)) as person,
    coalesce(norm(r.email) in (select email from employees) or split_part(norm(r.email), '@', 2) = 'verdant.example', false)
        as is_staff
from scored as r
left join branches as b on b.branch_key = norm(r.branch_id)
left join invitations as i on i.invitation = norm(r.invitation_id)
left join contact_emails as e on e.email = norm(r.email)
left join people as pc on pc.contact = norm(r.contact_id)
left join people as pi on pi.contact = i.contact
left join people as p on p.contact = coalesce(pc.contact, pi.contact, e.contact)
left join account_survivors as own on own.account = norm(r.account_id)
where r.literal is null or try_cast(r.literal as double) is not null;

create temp table registry as
select * from (values
    ('SV_Relationship001', 'relationship', null, 180), ('SV_Onboarding0001', 'transactional', 'onboarding', 90),
    ('SV_Adoption000001', 'transactional', 'adoption', 90), ('SV_Support0000001', 'transactional', 'support', 90),
    ('SV_BranchVisit001', 'transactional', 'branch_visit', 90), ('SV_Renewal0000001', 'transactional', 'renewal', 90)
) as r(survey_id, survey_type, stage, window_days);

create temp table counted as
with valid as (
    select a.*, r.survey_type, r.stage, r.window_days from answers as a join registry as r on r.survey_id = a.survey_id
    where a.question_id = 'QID1' and a.status not in (1, 2, 8) and a.score is not null and a.score = floor(a.score)
        and a.score between 0 and 10 and a.responded_at < getvariable('as_of')::timestamptz
        and coalesce(least(a.responded_at, a.started_at) >= a.sent_at, true) and coalesce(a.responded_at >= a.event_at, true) and not a.is_staff
),
last_of_invitation as (
    select * from valid
    qualify invitation is null
        or row_number() over (partition by invitation, survey_id, question_id order by responded_at desc, answer desc) = 1
)
select * from last_of_invitation
qualify coalesce(
    lead(responded_at) over (partition by person, survey_type, coalesce(stage, '') order by responded_at, answer)
        - responded_at >= window_days * interval 1 day, true
);

create temp table valued as
select c.answer, sum(
    case when r.t = r.f then case when r.f >= c.responded_at - interval 365 day and r.f < c.responded_at then r.amount else 0 end
    else r.amount * greatest(0, epoch(least(r.t, c.responded_at)) - epoch(greatest(r.f, c.responded_at - interval 365 day)))
        / (epoch(r.t) - epoch(r.f)) end
) as revenue
from counted as c join recognised as r on r.account = c.account and r.f < c.responded_at
    and r.t >= c.responded_at - interval 365 day
group by 1;

create temp table daily as
with enriched as (
    select c.*, coalesce(c.own_branch, norm(b.v)) as branch_key, nullif(pl.v, '') as plan, nullif(l.v, '') as lifecycle,
        case when c.account is null then null else coalesce(v.revenue, 0) end as revenue
    from counted as c
    left join attribute_periods as b on b.field = 'Branch__c' and b.account = c.account
        and c.responded_at >= b.valid_from and c.responded_at < b.valid_to
    left join attribute_periods as pl on pl.field = 'Plan__c' and pl.account = c.account
        and c.responded_at >= pl.valid_from and c.responded_at < pl.valid_to
    left join attribute_periods as l on l.field = 'Lifecycle_Stage__c' and l.account = c.account
        and c.responded_at >= l.valid_from and c.responded_at < l.valid_to
    left join valued as v on v.answer = c.answer
)
select (responded_at at time zone 'UTC')::date as day, survey_type,
    case when revenue is null then 'Unassigned' when revenue >= 100000 then 'strategic' when revenue >= 25000 then 'key'
        when revenue >= 5000 then 'core' else 'starter' end as customer_value_tier,
    coalesce(stage, case when lifecycle in ('onboarding', 'adoption', 'support', 'branch_visit', 'renewal') then lifecycle end,
        'Unassigned') as journey_stage,
    coalesce(br.branch, 'Unassigned') as branch, coalesce(br.region, 'Unassigned') as region,
    coalesce(plan, 'Unassigned') as plan, coalesce(channel, 'Unassigned') as channel,
    count(*) filter (score >= 9) as p, count(*) filter (score in (7, 8)) as pa, count(*) filter (score <= 6) as d, count(*) as n
from enriched left join branches as br on br.branch_key = enriched.branch_key
group by all;

create temp table periods as
with bounds as (select min(day) as first_day, getvariable('as_of')::date as as_of from daily),
months as (select unnest(generate_series(date_trunc('month', first_day), as_of, interval 1 month))::date as m, * from bounds),
ends as (select m as e, first_day from months where m > first_day union select as_of, first_day from bounds)
select 'month' as period_grain, m as period_start, (m + interval 1 month)::date as period_end from months
union all
select distinct 'quarter', date_trunc('quarter', m)::date, (date_trunc('quarter', m) + interval 3 month)::date from months
union all
select distinct 'year', date_trunc('year', m)::date, (date_trunc('year', m) + interval 1 year)::date from months
union all
select 'all_time', first_day, as_of from bounds
union all
select 'trailing_90d', (e - interval 90 day)::date, e from ends
union all
select 'trailing_365d', (e - interval 365 day)::date, e from ends;

create or replace table nps_scores as
with split as (
    select survey_type, period_grain, period_start, period_end,
        coalesce(customer_value_tier, '(all)') as customer_value_tier, coalesce(journey_stage, '(all)') as journey_stage,
        coalesce(branch, '(all)') as branch, coalesce(region, '(all)') as region, coalesce(plan, '(all)') as plan,
        coalesce(channel, '(all)') as channel, sum(p)::bigint as p, sum(pa)::bigint as pa, sum(d)::bigint as d,
        sum(n)::bigint as n,
        (sum(p) + 0.75) / (sum(n) + 3) as ap, (sum(d) + 0.75) / (sum(n) + 3) as ad
    from daily join periods on day >= period_start and day < period_end
    group by grouping sets (
        (survey_type, period_grain, period_start, period_end),
        (survey_type, period_grain, period_start, period_end, customer_value_tier),
        (survey_type, period_grain, period_start, period_end, journey_stage),
        (survey_type, period_grain, period_start, period_end, branch),
        (survey_type, period_grain, period_start, period_end, region),
        (survey_type, period_grain, period_start, period_end, plan),
        (survey_type, period_grain, period_start, period_end, channel),
        (survey_type, period_grain, period_start, period_end, customer_value_tier, journey_stage),
        (survey_type, period_grain, period_start, period_end, branch, journey_stage),
        (survey_type, period_grain, period_start, period_end, customer_value_tier, branch)
    )
)
select * exclude (p, pa, d, n, ap, ad),
    case when n >= 5 then p end as promoters, case when n >= 5 then pa end as passives,
    case when n >= 5 then d end as detractors, n as responses, case when n >= 30 then 100.0 * (p - d) / n end as nps,
    case when n >= 5 then 100 * greatest(-1, (ap - ad) - 1.959963984540054 * sqrt((ap + ad - (ap - ad) ** 2) / (n + 3))) end
        as nps_low,
    case when n >= 5 then 100 * least(1, (ap - ad) + 1.959963984540054 * sqrt((ap + ad - (ap - ad) ** 2) / (n + 3))) end
        as nps_high
from split;

-- Belongs here: every answer received, and which of them count.

-- a date without a time lies there as its midnight: it is before what came on a later day
create temp macro before(a, b) as coalesce(a < b and a <> date_trunc('day', b), false);

create temp table answers as
with current_responses as (
    select * from world('responses') qualify row_number() over (partition by response_id order by visible_at desc) = 1
),
scored as (
    select *, 'QID1' as question_id, score_text as literal, long_id(contact_id) as contact, long_id(account_id) as account
    from current_responses
    union all
    select *, 'QID3', other_score_text, long_id(contact_id), long_id(account_id)
    from current_responses where survey_id in ('SV_Support0000001', 'SV_Onboarding0001')
)
select r.response_id || ':' || r.question_id as answer, r.survey_id, r.question_id, r.status, r.literal,
    try_cast(r.literal as double) as score, r.recorded_at as responded_at, r.started_at, r.event_at, i.sent_at,
    somebody(r.invitation_id) as invitation, norm(r.distribution_channel) as channel, b.branch_key as own_branch,
    norm(r.response_id) as response, somebody(r.email) as email,
    [coalesce(pc.person, r.contact), i.contact, p.person] as contacts,
    coalesce(own.survivor, p.account) as account,
    coalesce(p.person, somebody(r.email), 'qualtrics:' || lower(r.response_id) || ':' || lower(r.question_id)) as person,
    coalesce(norm(r.email) in (select email from employees) or split_part(norm(r.email), '@', 2) = 'verdant.example', false)
        as is_staff
from scored as r
left join branches as b on b.branch_key = norm(r.branch_id)
left join invitations as i on i.invitation = somebody(r.invitation_id)
left join contact_emails as e on e.email = somebody(r.email)
left join people as pc on pc.contact = r.contact
left join people as pi on pi.contact = i.contact
left join people as p on p.contact = coalesce(pc.contact, pi.contact, e.contact)
left join account_survivors as own on own.account = r.account
where r.literal is null or try_cast(r.literal as double) is not null;

create temp table registry as
select * from (values
    ('SV_Relationship001', 'relationship', null, 180), ('SV_Onboarding0001', 'transactional', 'onboarding', 90),
    ('SV_Adoption000001', 'transactional', 'adoption', 90), ('SV_Support0000001', 'transactional', 'support', 90),
    ('SV_BranchVisit001', 'transactional', 'branch_visit', 90), ('SV_Renewal0000001', 'transactional', 'renewal', 90)
) as r(survey_id, survey_type, stage, window_days);

-- whoever asks to be forgotten is: by response, by contact (after merges), by address
create temp table erased as
with requests as (
    select norm(e.response_id) as response, coalesce(p.person, norm(e.contact_id)) as contact, norm(e.email) as email,
        e.requested_at
    from world('erasures') as e left join people as p on p.contact = norm(e.contact_id)
    where e.requested_at < getvariable('as_of')::timestamptz and coalesce(norm(e.source), 'qualtrics') = 'qualtrics'
),
named as (select answer, responded_at, unnest(contacts) as contact from answers)
select a.answer from answers as a join requests as r on r.response = a.response and a.responded_at < r.requested_at
union
select a.answer from answers as a join requests as r on r.email = a.email and a.responded_at < r.requested_at
union
select n.answer from named as n join requests as r on r.contact = n.contact and n.responded_at < r.requested_at;

create temp table counted as
with valid as (
    select a.*, r.survey_type, r.stage, r.window_days from answers as a join registry as r on r.survey_id = a.survey_id
    where a.answer not in (select answer from erased)
        and a.question_id = 'QID1' and a.status not in (1, 2, 8) and a.score is not null and a.score = floor(a.score)
        and a.score between 0 and 10 and a.responded_at < getvariable('as_of')::timestamptz
        and not before(a.responded_at, a.sent_at) and not before(a.started_at, a.sent_at)
        and not before(a.responded_at, a.event_at) and not a.is_staff
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

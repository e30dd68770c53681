-- What becomes of each counted answer: a case by the first rule that covers it, or none; whose, and by when.
-- A hold-out draws lots among accounts: some that would have a case get none, to learn what cases do.
{% set covered_by = [
    'customer_value_tier',
    'journey_stage',
] -%}

with answers as (
    select
        answer_key,
        {{ dbt.hash('answer_key') }} as case_key,
        responded_at,
        {{ dbt.date_trunc('second', 'responded_at') }} as clock_starts_at,
        response_date,
        nps_band,
        customer_value_tier,
        journey_stage,
        branch,
        owner_id,
        coalesce(account_key, person_key) as unit_key,
        {{ declines_contact() }} as declines_contact
    from {{ ref('fct_survey_responses') }}
    where is_counted
),

covering as (
    select
        answers.answer_key,
        rules.rule_name,
        rules.case_type,
        rules.hours_to_answer,
        rules.escalate_after_hours,
        row_number() over (partition by answers.answer_key order by rules.precedence) as place
    from answers
    inner join {{ ref('follow_up_rules') }} as rules
        on
            answers.nps_band = rules.nps_band
            {% for column in covered_by %}
                and rules.{{ column }} in (answers.{{ column }}, '*')
            {% endfor %}
            and answers.response_date >= rules.valid_from
            and answers.response_date < coalesce(rules.valid_to, cast('9999-12-31' as date))
    left join {{ source('topics', 'answer_topics') }} as mentions
        on answers.answer_key = mentions.answer_key and rules.topic = mentions.topic
    where rules.topic = '*' or mentions.topic is not null
),

drawn as (
    select
        answers.answer_key,
        holdouts.holdout_name,
        {{ is_held_out('holdouts.salt', 'answers.unit_key', 'holdouts.held_out_percent') }} as is_held_out
    from answers
    inner join {{ ref('follow_up_holdouts') }} as holdouts
        on
            answers.response_date >= holdouts.valid_from
            and answers.response_date < coalesce(holdouts.valid_to, cast('9999-12-31' as date))
    where holdouts.customer_value_tier in (answers.customer_value_tier, '*')
),

calendars as (
    select distinct branch from {{ ref('branch_calendars') }}
),

ruled as (
    select
        answers.*,
        covering.rule_name,
        covering.case_type,
        covering.hours_to_answer,
        covering.escalate_after_hours,
        drawn.holdout_name,
        case
            when covering.answer_key is null then 'not_covered'
            when answers.declines_contact then 'opted_out'
            when drawn.is_held_out then 'held_out'
            else 'case'
        end as outcome
    from answers
    left join covering on answers.answer_key = covering.answer_key and covering.place = 1
    left join drawn on answers.answer_key = drawn.answer_key
),

-- an account owner who has left the company owns nothing any more
owned as (
    select
        ruled.*,
        case when coalesce(employees.is_active, true) then ruled.owner_id end as account_owner_id,
        own.owner_id as branch_owner_id,
        company.owner_id as company_owner_id,
        coalesce(calendars.branch, '*') as calendar_branch,
        calendars.branch is null as is_calendar_missing
    from ruled
    left join {{ ref('dim_employees') }} as employees
        on {{ identity_key('ruled.owner_id') }} = employees.employee_key
    left join {{ ref('branch_owners') }} as own
        on
            ruled.branch = own.branch
            and ruled.response_date >= own.valid_from
            and ruled.response_date < coalesce(own.valid_to, cast('9999-12-31' as date))
    left join {{ ref('branch_owners') }} as company
        on
            company.branch = '*'
            and ruled.response_date >= company.valid_from
            and ruled.response_date < coalesce(company.valid_to, cast('9999-12-31' as date))
    left join calendars on ruled.branch = calendars.branch
    where ruled.outcome = 'case'
),

-- where the clock stands as it starts: while closed, at the next opening
started as (
    select
        owned.*,
        hours.seconds_before
        + greatest(0, {{ dbt.datediff('hours.opens_at', 'owned.clock_starts_at', 'second') }}) as clock_second
    from owned
    left join {{ ref('dim_branch_hours') }} as hours
        on
            owned.calendar_branch = hours.branch
            and owned.clock_starts_at >= hours.closed_since
            and owned.clock_starts_at < hours.closes_at
),

allowed as (
    select
        *,
        clock_second + hours_to_answer * 3600 as due_second,
        clock_second + (hours_to_answer + escalate_after_hours) * 3600 as escalation_second
    from started
),

timed as (
    select
        allowed.*,
        {{ dbt.dateadd(
            'second',
            'cast(allowed.due_second - due.seconds_before as integer)',
            'due.opens_at'
        ) }} as due_at,
        {{ dbt.dateadd(
            'second',
            'cast(allowed.escalation_second - escalation.seconds_before as integer)',
            'escalation.opens_at'
        ) }} as escalate_at
    from allowed
    left join {{ ref('dim_branch_hours') }} as due
        on
            allowed.calendar_branch = due.branch
            and allowed.due_second > due.seconds_before
            and allowed.due_second <= due.seconds_through
    left join {{ ref('dim_branch_hours') }} as escalation
        on
            allowed.calendar_branch = escalation.branch
            and allowed.escalation_second > escalation.seconds_before
            and allowed.escalation_second <= escalation.seconds_through
)

select
    ruled.answer_key,
    ruled.case_key,
    ruled.outcome,
    {% for column in ['holdout_name', 'rule_name', 'case_type'] %}
        case when ruled.outcome in ('case', 'held_out') then ruled.{{ column }} end as {{ column }},
    {% endfor %}
    coalesce(timed.account_owner_id, timed.branch_owner_id, timed.company_owner_id) as owner_id,
    case
        when timed.account_owner_id is not null then 'account'
        when timed.branch_owner_id is not null then 'branch'
        when timed.company_owner_id is not null then 'company'
    end as owner_from,
    case
        when ruled.outcome = 'case'
            then
                timed.account_owner_id is null
                and (timed.owner_id is not null or timed.branch_owner_id is null)
    end as is_owner_missing,
    case when ruled.outcome = 'case' then ruled.branch end as branch,
    timed.calendar_branch,
    timed.is_calendar_missing,
    case when ruled.outcome = 'case' then ruled.responded_at end as opened_at,
    timed.due_at,
    timed.escalate_at
from ruled
left join timed on ruled.answer_key = timed.answer_key

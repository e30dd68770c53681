with invitations as (
    select
        *,
        cast(sent_at as date) as sent_date
    from {{ ref('int_survey_invitations__identified') }}
),

tiers as (
    {{ nps_ranges(ref('customer_value_tiers'), 'customer_value_tier', 'minimum_amount') | indent(4) }}
),

-- each step implies the ones before it, even where the vendor gives no time for them
stepped as (
    select
        *,
        case
            when finished_at is not null or status = 'finished' then 3
            when started_at is not null or status = 'started' then 2
            when opened_at is not null or status = 'opened' then 1
            else 0
        end as step
    from invitations
),

sending_days as (
    select distinct
        source,
        survey_id,
        sent_date
    from invitations
),

-- A survey asks for NPS when any of its questions is registered on the day; its questions share one survey
-- type, and several of them must not multiply the invitation.
asked as (
    select
        sending_days.source,
        sending_days.survey_id,
        sending_days.sent_date,
        min(questions.survey_type) as survey_type,
        min(questions.journey_stage) as journey_stage,
        min(definitions.definition_version) as definition_version
    from sending_days
    inner join {{ ref('int_nps_definitions__in_force') }} as definitions
        on {{ nps_in_force('sending_days.sent_date', 'definitions') }}
    left join {{ ref('nps_questions') }} as questions
        on
            lower(trim(sending_days.source)) = lower(trim(questions.source))
            and lower(trim(sending_days.survey_id)) = lower(trim(questions.survey_id))
            and {{ nps_in_force('sending_days.sent_date', 'questions') }}
    group by sending_days.source, sending_days.survey_id, sending_days.sent_date
),

-- answered the NPS question, whatever became of the answer afterwards
answered as (
    select distinct
        source,
        lower(trim(survey_id)) as survey_key,
        lower(trim(invitation_id)) as invitation_id_key
    from {{ ref('fct_survey_responses') }}
    where
        invitation_id is not null
        and disposition not in ('preview_or_test', 'unregistered_question', 'unanswered')
)

select
    stepped.invitation_key,
    stepped.source,
    stepped.invitation_id,
    stepped.survey_id,
    asked.survey_type,
    asked.definition_version,
    stepped.status,
    stepped.sent_at,
    stepped.sent_date,
    stepped.opened_at,
    stepped.started_at,
    stepped.finished_at,
    stepped.event_at,
    coalesce({{ is_delivered('stepped.status') }}, true) as is_delivered,
    stepped.step >= 1 as is_opened,
    stepped.step >= 2 as is_started,
    stepped.step >= 3 as is_finished,
    answered.invitation_id_key is not null as is_answered,
    stepped.person_key,
    stepped.contact_key,
    stepped.account_key,
    stepped.branch_key,
    {{ nps_member('tiers.customer_value_tier') }} as customer_value_tier,
    {{ nps_member('governed_stages.journey_stage') }} as journey_stage,
    {{ nps_member('branches.branch_id') }} as branch,
    {{ nps_member('coalesce(branches.region, stepped.account_region)') }} as region,
    {{ nps_member('stepped.plan') }} as plan,
    {{ nps_member('stepped.channel') }} as channel,
    {{ declared_members('stepped', {
        'customer_value_tier': 'tiers.customer_value_tier',
        'journey_stage': 'governed_stages.journey_stage',
        'branch': 'branches.branch_id',
        'region': 'coalesce(branches.region, stepped.account_region)',
    }) }}
    stepped.employee_id
from stepped
left join {{ ref('dim_branches') }} as branches on stepped.branch_key = branches.branch_key
left join asked
    on
        stepped.source = asked.source
        and stepped.survey_id = asked.survey_id
        and stepped.sent_date = asked.sent_date
left join {{ ref('journey_stages') }} as governed_stages
    on
        asked.definition_version = governed_stages.definition_version
        and governed_stages.journey_stage
        = coalesce(asked.journey_stage, lower(trim(stepped.lifecycle_stage)))
left join {{ ref('int_account_revenue__at_standings') }} as standings
    on
        stepped.account_key = standings.account_key
        and cast({{ dbt.date_trunc('month', 'stepped.sent_date') }} as date) = standings.standing_date
left join tiers
    on
        asked.definition_version = tiers.definition_version
        and stepped.account_key is not null
        and {{ nps_in_range('coalesce(standings.trailing_revenue_amount, 0)', 'tiers') }}
left join answered
    on
        stepped.source = answered.source
        and lower(trim(stepped.survey_id)) = answered.survey_key
        and lower(trim(stepped.invitation_id)) = answered.invitation_id_key

with invitations as (
    select * from {{ ref('int_survey_invitations__identified') }}
),

branches as (
    select * from {{ ref('dim_branches') }}
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

-- a survey asks for NPS when any of its questions is registered; its questions share one survey type
surveys as (
    select distinct
        lower(trim(source)) as source_key,
        lower(trim(survey_id)) as survey_key,
        survey_type,
        valid_from,
        valid_to
    from {{ ref('nps_questions') }}
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
),

final as (
    select
        stepped.invitation_key,
        stepped.source,
        stepped.invitation_id,
        stepped.survey_id,
        surveys.survey_type,
        stepped.status,
        stepped.sent_at,
        stepped.opened_at,
        stepped.started_at,
        stepped.finished_at,
        stepped.event_at,
        coalesce(stepped.status <> 'bounced', true) as is_delivered,
        stepped.step >= 1 as is_opened,
        stepped.step >= 2 as is_started,
        stepped.step >= 3 as is_finished,
        answered.invitation_id_key is not null as is_answered,
        stepped.person_key,
        stepped.contact_key,
        stepped.account_key,
        stepped.branch_key,
        {{ nps_member('coalesce(branches.branch_id, stepped.branch_key)') }} as branch,
        stepped.employee_id,
        {{ nps_member('stepped.channel') }} as channel
    from stepped
    left join branches on stepped.branch_key = branches.branch_key
    left join surveys
        on
            lower(trim(stepped.source)) = surveys.source_key
            and lower(trim(stepped.survey_id)) = surveys.survey_key
            and {{ nps_in_force('stepped.sent_at', 'surveys') }}
    left join answered
        on
            stepped.source = answered.source
            and lower(trim(stepped.survey_id)) = answered.survey_key
            and lower(trim(stepped.invitation_id)) = answered.invitation_id_key
)

select * from final

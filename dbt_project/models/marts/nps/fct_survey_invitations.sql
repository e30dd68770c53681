with invitations as (
    select * from {{ ref('int_survey_invitations__identified') }}
),

branches as (
    select * from {{ ref('dim_branches') }}
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
        invitations.invitation_key,
        invitations.source,
        invitations.invitation_id,
        invitations.survey_id,
        surveys.survey_type,
        invitations.status,
        invitations.sent_at,
        invitations.opened_at,
        invitations.started_at,
        invitations.finished_at,
        invitations.event_at,
        coalesce(invitations.status <> 'bounced', true) as is_delivered,
        invitations.opened_at is not null or coalesce(invitations.status in ('opened', 'started', 'finished'), false)
            as is_opened,
        invitations.started_at is not null or coalesce(invitations.status in ('started', 'finished'), false)
            as is_started,
        invitations.finished_at is not null or coalesce(invitations.status = 'finished', false) as is_finished,
        answered.invitation_id_key is not null as is_answered,
        invitations.person_key,
        invitations.contact_key,
        invitations.account_key,
        invitations.branch_key,
        {{ nps_member('coalesce(branches.branch_id, invitations.branch_key)') }} as branch,
        invitations.employee_id,
        {{ nps_member('invitations.channel') }} as channel
    from invitations
    left join branches on invitations.branch_key = branches.branch_key
    left join surveys
        on
            lower(trim(invitations.source)) = surveys.source_key
            and lower(trim(invitations.survey_id)) = surveys.survey_key
            and {{ nps_in_force('invitations.sent_at', 'surveys') }}
    left join answered
        on
            invitations.source = answered.source
            and lower(trim(invitations.survey_id)) = answered.survey_key
            and lower(trim(invitations.invitation_id)) = answered.invitation_id_key
)

select * from final

-- what an answer's own facts say, in the order of answer_dispositions.precedence; null: otherwise valid
with judged_alone as (
    select
        answers.answer_key,
        answers.source,
        answers.survey_id,
        answers.question_id,
        answers.person_key,
        answers.responded_at,
        -- an answer without an invitation competes with none
        coalesce(lower(trim(answers.invitation_id)), answers.answer_key) as invitation_key,
        registered.definition_version,
        registered.survey_type,
        registered.touchpoint,
        -- what an erased answer was about is erased with it
        case when answers.is_erased then null else registered.journey_stage end as journey_stage,
        registered.window_days,
        registered.nps_band,
        registered.nps_weight,
        case
            when answers.is_erased then 'erased'
            when answers.is_test then 'preview_or_test'
            when registered.survey_type is null then 'unregistered_question'
            when answers.score is null then 'unanswered'
            when answers.score <> floor(answers.score) then 'non_integer'
            when answers.offered_min <> registered.scale_min then 'off_scale'
            when answers.offered_max <> registered.scale_max then 'off_scale'
            when answers.offered_points <= registered.scale_max - registered.scale_min then 'off_scale'
            when answers.score < registered.scale_min or answers.score > registered.scale_max then 'off_scale'
            when registered.nps_band is null then 'off_scale'
            when answers.responded_at >= {{ as_of() }} then 'in_future'
            when {{ is_before('answers.responded_at', 'answers.sent_at') }} then 'before_invitation'
            when {{ is_before('answers.started_at', 'answers.sent_at') }} then 'before_invitation'
            when {{ is_before('answers.responded_at', 'answers.event_at') }} then 'before_event'
            when answers.is_staff then 'staff_or_own_domain'
        end as own_reason
    from {{ ref('int_survey_answers__identified') }} as answers
    inner join {{ ref('int_survey_answers__registered') }} as registered
        on answers.answer_key = registered.answer_key
),

ranked_in_invitation as (
    select
        answer_key,
        person_key,
        survey_type,
        touchpoint,
        window_days,
        responded_at,
        row_number() over (
            partition by source, lower(survey_id), lower(question_id), invitation_key
            order by responded_at desc, answer_key desc
        ) as recency
    from judged_alone
    where own_reason is null
),

followed as (
    select
        answer_key,
        responded_at,
        window_days,
        lead(responded_at) over (
            partition by person_key, survey_type, touchpoint
            order by responded_at, answer_key
        ) as next_responded_at
    from ranked_in_invitation
    where recency = 1
),

superseded as (
    select answer_key from ranked_in_invitation
    where recency > 1
),

-- exactly window_days later is outside the window
quarantined as (
    select answer_key from followed
    where next_responded_at < {{ dbt.dateadd('day', 'window_days', 'responded_at') }}
),

judged as (
    select
        judged_alone.answer_key,
        judged_alone.person_key,
        judged_alone.responded_at,
        judged_alone.definition_version,
        judged_alone.survey_type,
        judged_alone.touchpoint,
        judged_alone.journey_stage,
        judged_alone.nps_band,
        judged_alone.nps_weight,
        case
            when judged_alone.own_reason is not null then judged_alone.own_reason
            when superseded.answer_key is not null then 'superseded'
            when quarantined.answer_key is not null then 'quarantine_window'
            else 'counted'
        end as disposition
    from judged_alone
    left join superseded on judged_alone.answer_key = superseded.answer_key
    left join quarantined on judged_alone.answer_key = quarantined.answer_key
),

-- the person's next answer of the survey type, among those that count
counted as (
    select
        judged.*,
        dispositions.is_counted,
        lead(cast(judged.responded_at as date)) over (
            partition by judged.person_key, judged.survey_type, dispositions.is_counted
            order by judged.responded_at, judged.answer_key
        ) as next_response_date
    from judged
    left join {{ ref('answer_dispositions') }} as dispositions
        on judged.disposition = dispositions.disposition
)

select
    answer_key,
    responded_at,
    definition_version,
    survey_type,
    touchpoint,
    journey_stage,
    nps_band,
    nps_weight,
    disposition,
    is_counted,
    case
        when is_counted
            then cast({{ dbt.dateadd('day', 1, "least("
                ~ "coalesce(next_response_date, cast('9999-12-30' as date)), "
                ~ dbt.dateadd('day', 365, 'cast(responded_at as date)') ~ ')') }} as date)
    end as current_until
from counted

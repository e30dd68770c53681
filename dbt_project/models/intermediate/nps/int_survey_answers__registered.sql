-- A view: one reader, int_survey_answers__dispositioned.
{{ config(materialized='view') }}

-- identifiers compare case- and space-insensitively
with questions as (
    select
        lower(trim(source)) as source_key,
        lower(trim(survey_id)) as survey_key,
        lower(trim(question_id)) as question_key,
        scale_min,
        scale_max,
        survey_type,
        journey_stage,
        touchpoint,
        valid_from,
        valid_to
    from {{ ref('nps_questions') }}
),

-- without a definition in force there is no registration either
defined as (
    select
        answers.answer_key,
        lower(trim(answers.source)) as source_key,
        lower(trim(answers.survey_id)) as survey_key,
        case
            when definitions.definition_version is not null then lower(trim(answers.question_id))
        end as question_key,
        answers.score,
        answers.responded_at,
        definitions.definition_version
    from {{ ref('int_survey_answers__identified') }} as answers
    left join {{ ref('int_nps_definitions__in_force') }} as definitions
        on {{ nps_in_force('answers.responded_at', 'definitions') }}
),

registered as (
    select
        defined.answer_key,
        defined.definition_version,
        questions.survey_type,
        questions.touchpoint,
        questions.journey_stage,
        questions.scale_min,
        questions.scale_max,
        defined.score
    from defined
    left join questions
        on
            defined.source_key = questions.source_key
            and defined.survey_key = questions.survey_key
            and defined.question_key = questions.question_key
            and {{ nps_in_force('defined.responded_at', 'questions') }}
)

-- a score joins its band only when it is exactly one of the eleven whole numbers
select
    registered.answer_key,
    registered.definition_version,
    registered.survey_type,
    registered.touchpoint,
    registered.journey_stage,
    registered.scale_min,
    registered.scale_max,
    windows.window_days,
    bands.nps_band,
    bands.nps_weight
from registered
left join {{ ref('nps_score_bands') }} as bands
    on registered.definition_version = bands.definition_version and registered.score = bands.score
left join {{ ref('nps_quarantine_windows') }} as windows
    on
        registered.definition_version = windows.definition_version
        and registered.survey_type = windows.survey_type

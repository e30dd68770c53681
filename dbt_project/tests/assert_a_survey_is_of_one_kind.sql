-- Fails with each survey that at one time has questions of two survey types or journey stages: an invitation
-- asks them all, and could not be counted for one of them.
{{ config(meta={'dagster': {'ref': {'name': 'nps_questions'}}}) }}
with questions as (
    select
        lower(trim(source)) as source_key,
        lower(trim(survey_id)) as survey_key,
        survey_type,
        coalesce(journey_stage, '') as journey_stage,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('nps_questions') }}
),

final as (
    select
        one.source_key,
        one.survey_key,
        one.survey_type,
        other.survey_type as other_survey_type,
        one.journey_stage,
        other.journey_stage as other_journey_stage
    from questions as one
    inner join questions as other
        on
            one.source_key = other.source_key
            and one.survey_key = other.survey_key
            and one.valid_from < other.valid_to
            and one.valid_to > other.valid_from
    where
        one.survey_type < other.survey_type
        or one.journey_stage < other.journey_stage
)

select * from final

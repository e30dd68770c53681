-- Fails with each definition or registration that begins before the one before it has ended, or ends before
-- it begins: an answer would be judged by two.
{{ config(meta={'dagster': {'ref': {'name': 'nps_definitions'}}}) }}
with periods as (
    select
        'nps_definitions' as registry,
        'definition' as subject,
        valid_from,
        valid_to
    from {{ ref('nps_definitions') }}
    union all
    select
        'nps_questions' as registry,
        lower(trim(source)) || '/' || lower(trim(survey_id)) || '/' || lower(trim(question_id)) as subject,
        valid_from,
        valid_to
    from {{ ref('nps_questions') }}
),

followed as (
    select
        registry,
        subject,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by registry, subject order by valid_from) as next_valid_from
    from periods
),

final as (
    select * from followed
    where
        valid_to <= valid_from
        or next_valid_from < valid_to
        or (valid_to is null and next_valid_from is not null)
)

select * from final

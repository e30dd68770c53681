-- Fails with each registered question on another scale: a 1-5 or 1-10 scale is never re-banded.
with final as (
    select
        source,
        survey_id,
        question_id,
        scale_min,
        scale_max
    from {{ ref('nps_questions') }}
    where scale_min is null or scale_min <> 0 or scale_max is null or scale_max <> 10
)

select * from final

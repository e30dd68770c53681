{#- Both ends of the time in which an answer is its person's current one, so that a running total of the
    changes is the state: an answer given and replaced on one day adds nothing. -#}

with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
),

began as (
    select
        answers.*,
        answers.response_date as changed_on,
        1 as added
    from answers
),

-- what is asked is the state at the end of a day: at the end of its last one the answer is no longer current
ended as (
    select
        answers.*,
        cast({{ dbt.dateadd('day', -1, 'answers.current_until') }} as date) as changed_on,
        -1 as added
    from answers
),

changes as (
    select * from began
    union all
    select * from ended
)

select
    changed_on,
    survey_type,
    definition_version,
    {{ nps_dimension_columns() }},
    case when nps_band = 'promoter' then added else 0 end as promoters,
    case when nps_band = 'passive' then added else 0 end as passives,
    case when nps_band = 'detractor' then added else 0 end as detractors,
    added as responses
from changes

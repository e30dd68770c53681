{#- Both ends of the time in which an answer is its person's current one, so that a running total of the
    changes is the state: an answer given and replaced on one day adds nothing. -#}

with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
),

began as (
    select
        answers.*,
        response_date as changed_on,
        1 as change
    from answers
),

-- on its last day the answer is no longer current at the day's end: what is asked is the state after a day
ended as (
    select
        answers.*,
        cast({{ dbt.dateadd('day', -1, 'current_until') }} as date) as changed_on,
        -1 as change
    from answers
),

changes as (
    select * from began
    union all
    select * from ended
),

final as (
    select
        changed_on,
        survey_type,
        definition_version,
        {{ nps_dimension_columns() }},
        case when nps_band = 'promoter' then change else 0 end as promoters,
        case when nps_band = 'passive' then change else 0 end as passives,
        case when nps_band = 'detractor' then change else 0 end as detractors,
        change as responses
    from changes
)

select * from final

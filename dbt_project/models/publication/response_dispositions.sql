with responses as (
    select * from {{ ref('fct_survey_responses') }}
),

dispositions as (
    select * from {{ ref('answer_dispositions') }}
),

counted_by_month as (
    select
        source,
        disposition,
        coalesce(survey_type, '(none)') as survey_type,
        cast({{ dbt.date_trunc('month', 'response_date') }} as date) as response_month,
        cast(count(*) as bigint) as answers
    from responses
    group by
        source,
        disposition,
        coalesce(survey_type, '(none)'),
        cast({{ dbt.date_trunc('month', 'response_date') }} as date)
),

final as (
    select
        counted_by_month.source,
        counted_by_month.disposition,
        counted_by_month.survey_type,
        counted_by_month.response_month,
        counted_by_month.answers,
        dispositions.description
    from counted_by_month
    left join dispositions on counted_by_month.disposition = dispositions.disposition
)

select * from final

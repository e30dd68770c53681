with counted_by_month as (
    select
        source,
        disposition,
        coalesce(survey_type, '(none)') as survey_type,
        cast({{ dbt.date_trunc('month', 'response_date') }} as date) as response_month,
        cast(count(*) as bigint) as answers
    from {{ ref('fct_survey_responses') }}
    group by
        source,
        disposition,
        coalesce(survey_type, '(none)'),
        cast({{ dbt.date_trunc('month', 'response_date') }} as date)
),

-- a record that could not be read has no survey and no month
quarantined as (
    select
        source,
        disposition,
        '(none)' as survey_type,
        cast(null as date) as response_month,
        cast(sum(answers) as bigint) as answers
    from {{ ref('audit_reconciliation') }}
    where disposition = 'quarantined'
    group by
        source,
        disposition
),

received as (
    select * from counted_by_month
    union all
    select * from quarantined
)

select
    received.source,
    received.disposition,
    received.survey_type,
    received.response_month,
    received.answers,
    dispositions.description
from received
left join {{ ref('answer_dispositions') }} as dispositions on received.disposition = dispositions.disposition

with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
)

select
    response_date,
    survey_type,
    definition_version,
    {{ nps_dimension_columns() }},
    cast(sum(case when nps_band = 'promoter' then 1 else 0 end) as bigint) as promoters,
    cast(sum(case when nps_band = 'passive' then 1 else 0 end) as bigint) as passives,
    cast(sum(case when nps_band = 'detractor' then 1 else 0 end) as bigint) as detractors,
    cast(count(*) as bigint) as responses,
    cast(sum(answer_fingerprint) as decimal(38, 0)) as answers_fingerprint
from answers
group by
    response_date,
    survey_type,
    definition_version,
    {{ nps_dimension_columns() }}

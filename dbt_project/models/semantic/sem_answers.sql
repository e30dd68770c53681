with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
),

-- refunds may exceed revenue: such an account weighs nothing, as one without revenue does
weighing as (
    select
        *,
        case when trailing_revenue_amount > 0 then trailing_revenue_amount else cast(0 as decimal(18, 4)) end
            as revenue_amount
    from answers
)

select
    answer_key,
    response_date,
    survey_type,
    definition_version,
    {{ nps_dimension_columns() }},
    case when nps_band = 'promoter' then 1 else 0 end as promoters,
    case when nps_band = 'passive' then 1 else 0 end as passives,
    case when nps_band = 'detractor' then 1 else 0 end as detractors,
    1 as responses,
    revenue_amount,
    cast(nps_weight * revenue_amount as decimal(28, 4)) as weighted_revenue_amount
from weighing

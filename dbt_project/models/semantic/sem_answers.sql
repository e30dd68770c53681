with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
),

final as (
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
        case when trailing_revenue_amount > 0 then trailing_revenue_amount else 0 end as revenue_amount,
        cast(
            case when trailing_revenue_amount > 0 then nps_weight * trailing_revenue_amount else 0 end as decimal(28, 4)
        ) as weighted_revenue_amount
    from answers
)

select * from final

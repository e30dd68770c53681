-- The published scores once more, as a branch manager reads them: their suppression holds here too.
with latest as (
    select * from {{ ref('nps_scores') }}
    where
        measure = 'in_period'
        and period_grain = 'trailing_365d'
        and period_end = cast({{ as_of() }} as date)
),

company as (
    select * from latest
    where segment = 'company'
),

-- by equality alone: a condition on one side of the join below would compare every branch with every other
comparisons as (
    select comparisons.*
    from latest
    inner join {{ ref('fct_branch_comparisons') }} as comparisons
        on
            latest.survey_type = comparisons.survey_type
            and latest.definition_version = comparisons.definition_version
            and latest.branch = comparisons.branch
    where latest.segment = 'branch' and latest.reportability <> 'suppressed_for_others'
)

select
    latest.branch,
    latest.branch_name,
    {{ nps_member('branches.region') }} as region,
    latest.survey_type,
    latest.period_start,
    latest.period_end,
    latest.definition_version,
    latest.promoters,
    latest.passives,
    latest.detractors,
    latest.responses,
    latest.nps,
    latest.nps_standard_error,
    latest.nps_low,
    latest.nps_high,
    latest.reportability,
    latest.nps_change,
    latest.change_p_value,
    latest.change_q_value,
    latest.response_rate,
    latest.revenue_coverage,
    company.nps as company_nps,
    comparisons.comparison_p_value,
    comparisons.comparison_q_value,
    case when latest.reportability <> 'interval_only' then comparisons.pooled_nps end as pooled_nps,
    comparisons.pooled_low,
    comparisons.pooled_high,
    comparisons.best_rank,
    comparisons.worst_rank,
    comparisons.standing
from latest
inner join company
    on
        latest.survey_type = company.survey_type
        and latest.definition_version = company.definition_version
left join comparisons
    on
        latest.survey_type = comparisons.survey_type
        and latest.definition_version = comparisons.definition_version
        and latest.branch = comparisons.branch
left join {{ ref('dim_branches') }} as branches on lower(trim(latest.branch)) = branches.branch_key
where latest.segment = 'branch'

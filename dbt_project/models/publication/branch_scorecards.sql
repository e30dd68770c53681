-- The published scores once more, as a branch manager reads them: their suppression holds here too.
with latest as (
    select * from {{ ref('nps_scores') }}
    where period_grain = 'trailing_365d' and period_end = cast({{ as_of() }} as date)
),

company as (
    select * from latest
    where segment = 'company'
),

branches as (
    select * from {{ ref('dim_branches') }}
),

final as (
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
        latest.nps_low,
        latest.nps_high,
        latest.reportability,
        company.nps as company_nps,
        company.nps < latest.nps_low or company.nps > latest.nps_high as is_distinguishable
    from latest
    inner join company
        on
            latest.survey_type = company.survey_type
            and latest.measure = company.measure
            and latest.definition_version = company.definition_version
    left join branches on lower(trim(latest.branch)) = branches.branch_key
    where latest.segment = 'branch'
)

select * from final

with cells as (
    select * from {{ ref('fct_nps_cells') }}
),

branches as (
    select * from {{ ref('dim_branches') }}
),

floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

scored as (
    select
        cells.*,
        floors.reportability,
        coalesce(branches.branch_name, cells.branch) as branch_name,
        {{ nps_score('cells.promoters', 'cells.detractors', 'cells.responses') }} as nps,
        {{ nps_interval_bound('cells.promoters', 'cells.detractors', 'cells.responses', '-') }} as nps_low,
        {{ nps_interval_bound('cells.promoters', 'cells.detractors', 'cells.responses', '+') }} as nps_high
    from cells
    inner join floors
        on
            cells.definition_version = floors.definition_version
            and {{ nps_in_range('cells.responses', 'floors') }}
    left join branches on lower(trim(cells.branch)) = branches.branch_key
),

-- last of all, on what is shown
final as (
    select
        survey_type,
        measure,
        period_grain,
        period_start,
        period_end,
        segment,
        {{ nps_dimension_columns() }},
        definition_version,
        case when reportability <> 'suppressed' then promoters end as promoters,
        case when reportability <> 'suppressed' then passives end as passives,
        case when reportability <> 'suppressed' then detractors end as detractors,
        responses,
        case when reportability not in ('suppressed', 'interval_only') then nps end as nps,
        case when reportability <> 'suppressed' then nps_low end as nps_low,
        case when reportability <> 'suppressed' then nps_high end as nps_high,
        reportability,
        branch_name
    from scored
)

select * from final

{#- Each branch beside the rest of the company and among the other branches, over the trailing year at as-of,
    before any suppression. The company lends strength to small branches: an empirical-Bayes Dirichlet-multinomial
    whose strength is what the branches' scores vary beyond chance (DerSimonian and Laird's moment estimator).
    Terms are fixed to 12 decimals before they are added, so that the order of adding cannot change the last
    digits. -#}
{% set groups = ['survey_type', 'definition_version'] -%}
{% set term = 'decimal(38, 12)' -%}
{% set company_shares = {
    'promoters': 'promoter_share', 'passives': 'passive_share', 'detractors': 'detractor_share'
} -%}

with latest as (
    select * from {{ ref('fct_nps_cells') }}
    where
        measure = 'in_period'
        and period_grain = 'trailing_365d'
        and period_end = cast({{ as_of() }} as date)
),

floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

branches as (
    select
        latest.*,
        floors.reportability <> 'suppressed' as is_comparable
    from latest
    inner join floors
        on
            latest.definition_version = floors.definition_version
            and {{ nps_in_range('latest.responses', 'floors') }}
    where latest.segment = 'branch' and latest.branch <> 'Unassigned'
),

-- what the branches have in common: their shares, their score and the variance of one answer, on -1..1
totals as (
    select
        {{ groups | join(',\n        ') }},
        count(*) as branch_count,
        sum(responses) as responses,
        cast(sum(promoters) as {{ double() }}) / sum(responses) as promoter_share,
        cast(sum(passives) as {{ double() }}) / sum(responses) as passive_share,
        cast(sum(detractors) as {{ double() }}) / sum(responses) as detractor_share,
        {{ nps_score('sum(promoters)', 'sum(detractors)', 'sum(responses)') }} / 100 as score,
        {{ nps_variance('sum(promoters)', 'sum(detractors)', 'sum(responses)') }} as variance,
        cast(sum(cast(power(cast(responses as {{ double() }}), 2) as {{ term }})) as {{ double() }})
        / sum(responses)
            as heaviest_responses
    from branches
    group by {{ groups | join(', ') }}
),

-- how far the branches' scores lie apart, in units of what chance alone would do
dispersions as (
    select
        {{ qualified('totals', groups) }},
        cast(sum(cast(
            branches.responses * power(
                {{ nps_score('branches.promoters', 'branches.detractors', 'branches.responses') }} / 100
                - totals.score, 2
            ) / totals.variance as {{ term }}
        )) as {{ double() }}) as dispersion
    from branches
    inner join totals on {{ same('branches', 'totals', groups) }}
    where totals.variance > 0
    group by
        {{ qualified('totals', groups) }}
),

-- the variance of the branches' true scores; null where nothing tells them apart
spreads as (
    select
        totals.*,
        case
            when totals.branch_count > 1 and dispersions.dispersion > totals.branch_count - 1
                then
                    (dispersions.dispersion - (totals.branch_count - 1)) * totals.variance
                    / (totals.responses - totals.heaviest_responses)
        end as true_variance
    from totals
    left join dispersions on {{ same('totals', 'dispersions', groups) }}
),

-- how many answers of the company each branch is given: between one and all of them
strengths as (
    select
        *,
        coalesce(greatest(1, least(responses, variance / true_variance - 1)), responses) as strength
    from spreads
),

pooled as (
    select
        branches.*,
        strengths.score as company_score,
        {% for counts, share in company_shares.items() %}
            (branches.{{ counts }} + strengths.strength * strengths.{{ share }})
            / (branches.responses + strengths.strength) as {{ share }},
        {% endfor %}
        branches.responses + strengths.strength + 1 as weight
    from branches
    inner join strengths on {{ same('branches', 'strengths', groups) }}
),

scored as (
    select
        *,
        100 * (promoter_share - detractor_share) as pooled_nps,
        100 * {{ nps_z() }} * sqrt(
            (promoter_share + detractor_share - power(promoter_share - detractor_share, 2)) / weight
        ) as half_width
    from pooled
    where is_comparable
),

bounded as (
    select
        *,
        greatest(-100, pooled_nps - half_width) as pooled_low,
        least(100, pooled_nps + half_width) as pooled_high
    from scored
),

-- the rest has no answers where the branch is the whole company: then there is nothing to compare it with
compared as (
    select
        bounded.*,
        case
            when company.responses > bounded.responses
                then {{ nps_difference_z(
                    ['bounded.promoters', 'bounded.detractors', 'bounded.responses'],
                    [
                        '(company.promoters - bounded.promoters)',
                        '(company.detractors - bounded.detractors)',
                        '(company.responses - bounded.responses)'
                    ]
                ) | indent(16) }}
        end as comparison_z
    from bounded
    inner join latest as company
        on {{ same('bounded', 'company', groups) }} and company.segment = 'company'
),

tested as (
    select
        *,
        {{ nps_p_value('comparison_z') | indent(8) }} as comparison_p_value
    from compared
),

discovered as (
    select
        *,
        {{ nps_discovery_bound('comparison_p_value', groups) }} as discovery_bound
    from tested
),

corrected as (
    select
        *,
        case
            when comparison_p_value is not null
                then {{ nps_q_value('discovery_bound', 'comparison_p_value', groups) | indent(8) }}
        end as comparison_q_value
    from discovered
),

-- a place is a range: only branches whose intervals do not touch are one above the other
ranks as (
    select
        {{ qualified('bounded', groups) }},
        bounded.branch,
        1 + sum(case when rivals.pooled_low > bounded.pooled_high then 1 else 0 end) as best_rank,
        count(*) - sum(case when rivals.pooled_high < bounded.pooled_low then 1 else 0 end) as worst_rank
    from bounded
    inner join bounded as rivals on {{ same('bounded', 'rivals', groups) }}
    group by
        {{ qualified('bounded', groups) }},
        bounded.branch
)

select
    corrected.survey_type,
    corrected.definition_version,
    corrected.branch,
    corrected.comparison_z,
    corrected.comparison_p_value,
    corrected.comparison_q_value,
    corrected.pooled_nps,
    corrected.pooled_low,
    corrected.pooled_high,
    cast(ranks.best_rank as bigint) as best_rank,
    cast(ranks.worst_rank as bigint) as worst_rank,
    case
        when corrected.comparison_q_value > 0.05 or corrected.comparison_q_value is null
            then 'not distinguishable'
        when corrected.pooled_low > 100 * corrected.company_score then 'above'
        when corrected.pooled_high < 100 * corrected.company_score then 'below'
        else 'not distinguishable'
    end as standing
from corrected
inner join ranks on {{ same('corrected', 'ranks', groups + ['branch']) }}

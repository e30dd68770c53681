-- Suppression last, by accounts: fewer than the floor show their number, and few the interval only.
{% set key = [
    'survey_type', 'weighting', 'period_start', 'period_end', 'segment', 'customer_value_tier', 'region',
    'definition_version'
] -%}

with floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

scores as (
    select
        scores.*,
        floors.reportability,
        floors.reportability <> 'suppressed' as has_interval,
        floors.reportability not in ('suppressed', 'interval_only') as has_score
    from {{ ref('fct_weighted_scores') }} as scores
    inner join floors
        on
            scores.definition_version = floors.definition_version
            and {{ nps_in_range('scores.accounts', 'floors') }}
)

select
    {{ key | join(',\n    ') }},
    accounts,
    responses,
    case when has_score then nps end as nps,
    case when has_score then nps_standard_error end as nps_standard_error,
    case when has_interval then nps_low end as nps_low,
    case when has_interval then nps_high end as nps_high,
    reportability,
    coverage
from scores

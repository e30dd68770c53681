-- Suppression last, by answers. What the score would be is shown where the score is, which could be worked
-- out from the bounds.
with floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

scores as (
    select
        scores.*,
        floors.reportability,
        floors.reportability not in ('suppressed', 'interval_only') as is_shown
    from {{ ref('fct_non_response') }} as scores
    inner join floors
        on
            scores.definition_version = floors.definition_version
            and {{ nps_in_range('scores.responses', 'floors') }}
)

select
    survey_type,
    period_start,
    period_end,
    definition_version,
    responses,
    silent,
    {% for column in ['nps', 'nps_if_alike', 'nps_if_promoters', 'nps_if_detractors', 'alike_share'] %}
        case when is_shown then {{ column }} end as {{ column }},
    {% endfor %}
    reportability
from scores

-- Suppression last: a line shows no more than the figure that its bridge ends on.
{% set bridge = ['survey_type', 'source', 'survey_id', 'period_start', 'period_end', 'definition_version'] -%}

with floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

published as (
    select
        {{ bridge | join(',\n        ') }},
        answers
    from {{ ref('fct_nps_bridge') }}
    where kind = 'published'
),

judged as (
    select
        bridges.*,
        coalesce(floors.reportability, 'suppressed') as reportability
    from {{ ref('fct_nps_bridge') }} as bridges
    inner join published
        on
            {{ same('bridges', 'published', bridge) }}
    left join floors
        on
            published.definition_version = floors.definition_version
            and {{ nps_in_range('published.answers', 'floors') }}
)

select
    {{ bridge | join(',\n    ') }},
    line_number,
    line_name,
    kind,
    answers,
    {% for column in ['promoters', 'passives', 'detractors'] %}
        case when reportability <> 'suppressed' then {{ column }} end as {{ column }},
    {% endfor %}
    case when reportability not in ('suppressed', 'interval_only') then nps end as nps,
    reportability,
    description
from judged

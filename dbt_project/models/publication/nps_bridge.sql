-- Suppression last: a line shows no more than the figure that its bridge ends on, and nothing that tells what
-- few people said. What stands beside the figure goes by its own voices: a handful of accounts may have given
-- many answers.
{% set bridge = ['survey_type', 'source', 'survey_id', 'period_start', 'period_end', 'definition_version'] -%}
{% set line = bridge | reject('equalto', 'period_end') | list + ['line_name'] -%}
{% set counts = ['answers', 'promoters', 'passives', 'detractors', 'nps'] -%}

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

lines as (
    select
        {{ qualified('bridges', bridge) }},
        bridges.line_number,
        bridges.line_name,
        bridges.kind,
        bridges.description,
        {{ qualified('bridges', counts) }},
        published.answers as voices
    from {{ ref('fct_nps_bridge') }} as bridges
    inner join published
        on
            {{ same('bridges', 'published', bridge) }}
    union all
    select
        {{ qualified('bridges', bridge) }},
        bridges.line_number + conventions.place as line_number,
        conventions.line_name,
        'beside' as kind,
        conventions.description,
        {{ qualified('conventions', counts) }},
        conventions.voices
    from {{ ref('fct_nps_bridge') }} as bridges
    inner join {{ ref('fct_nps_conventions') }} as conventions
        on
            {{ same('bridges', 'conventions', bridge | reject('in', ['source', 'survey_id']) | list) }}
    where bridges.source = '(all)' and bridges.kind = 'shown'
),

judged as (
    select
        lines.*,
        case
            when floors.reportability is null or floors.reportability = 'suppressed' then 'suppressed'
            when hidden.line_name is not null then 'suppressed_for_others'
            else floors.reportability
        end as reportability
    from lines
    left join floors
        on
            lines.definition_version = floors.definition_version
            and {{ nps_in_range('lines.voices', 'floors') }}
    left join {{ ref('fct_nps_bridge_hidden') }} as hidden
        on
            {{ same('lines', 'hidden', line) }}
)

select
    {{ bridge | join(',\n    ') }},
    line_number,
    line_name,
    kind,
    answers,
    {% for column in ['promoters', 'passives', 'detractors'] %}
        case
            when reportability not in ('suppressed', 'suppressed_for_others') then {{ column }}
        end as {{ column }},
    {% endfor %}
    case
        when reportability not in ('suppressed', 'suppressed_for_others', 'interval_only') then nps
    end as nps,
    reportability,
    description
from judged

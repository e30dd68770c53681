-- Fails with each survey type, month and definition whose bridge does not end exactly on the published score,
-- or that has one without the other. A bridge on which nothing counts has no published score.
{{ config(meta={'dagster': {'ref': {'name': 'nps_bridge'}}}) }}
{% set figure = ['survey_type', 'period_start', 'period_end', 'definition_version'] -%}
{% set shown = ['responses', 'promoters', 'passives', 'detractors', 'nps', 'reportability'] -%}
with ends as (
    select
        {{ figure | join(',\n        ') }},
        answers as responses,
        promoters,
        passives,
        detractors,
        nps,
        reportability
    from {{ ref('nps_bridge') }}
    where source = '(all)' and kind = 'published' and answers > 0
),

scores as (
    select
        {{ (figure + shown) | join(',\n        ') }}
    from {{ ref('nps_scores') }}
    where segment = 'company' and measure = 'in_period' and period_grain = 'month'
),

final as (
    select
        coalesce(ends.survey_type, scores.survey_type) as survey_type,
        coalesce(ends.period_start, scores.period_start) as period_start,
        ends.responses as bridge_responses,
        scores.responses as published_responses,
        ends.nps as bridge_nps,
        scores.nps as published_nps
    from ends
    full outer join scores
        on
            {{ same('ends', 'scores', figure) }}
    where
        ends.responses is null
        or scores.responses is null
        {% for column in shown %}
            or ends.{{ column }} is distinct from scores.{{ column }}
        {% endfor %}
)

select * from final

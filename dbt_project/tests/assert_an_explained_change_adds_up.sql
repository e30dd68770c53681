-- Fails with each change whose parts are not the change, whose cells are not the parts, or that is another
-- change than the published one.
{{ config(meta={'dagster': {'ref': {'name': 'nps_changes_explained'}}}) }}
{% set change = explained_change() -%}
{% set parts = (explained_influences() | list) + ['arrivals', 'departures'] -%}

with explained as (
    select * from {{ ref('nps_changes_explained') }}
),

cells as (
    select
        {{ change | join(',\n        ') }},
        {% for part in parts %}
            sum({{ part }}) as {{ part }},
        {% endfor %}
        sum(contribution) as contribution
    from explained
    where segment <> 'company'
    group by
        {{ change | join(',\n        ') }}
),

published as (
    select * from {{ ref('nps_scores') }}
    where segment = 'company' and measure = 'in_period'
)

select
    {{ qualified('explained', change) }},
    explained.contribution,
    published.nps_change
from explained
left join cells on {{ same('explained', 'cells', change) }}
left join published
    on
        {{ same('explained', 'published', [
            'survey_type', 'period_grain', 'period_start', 'period_end', 'definition_version'
        ]) }}
where
    explained.segment = 'company'
    and (
        abs(
            explained.contribution
            - explained.movement - explained.mix - explained.arrivals - explained.departures
        ) > 1e-9
        or abs(explained.mix - explained.invited_mix - explained.answered_mix) > 1e-9
        {% for part in ['contribution'] + parts %}
            or abs(explained.{{ part }} - cells.{{ part }}) > 1e-9
        {% endfor %}
        or cells.contribution is null
        or published.nps is null
        or (
            explained.against = 'previous'
            and coalesce(abs(explained.contribution - published.nps_change) > 1e-9, true)
        )
    )

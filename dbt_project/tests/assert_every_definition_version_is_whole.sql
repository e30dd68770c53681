-- Fails with each element that a version of the definition lacks: one of the three bands, a window for a
-- survey type of the registry, a value tier, a reportability floor, a limit, a stage that a question
-- registered meanwhile is about.
{{ config(meta={'dagster': {'ref': {'name': 'nps_definitions'}}}) }}
{% set bands = ['promoter', 'passive', 'detractor'] -%}
{% set floors = ['suppressed', 'interval_only', 'indicative', 'reportable'] -%}
{% set limits = [
    'quarantine/file', 'quarantine/source', 'quarantine/load', 'unknown_ids/kind', 'nothing_counted/source',
    'nothing_counted/company', 'vanished_dimension/dimension', 'stale_source/api', 'stale_source/files'
] -%}

with definitions as (
    select * from {{ ref('nps_definitions') }}
),

questions as (
    select * from {{ ref('nps_questions') }}
),

stated as (
    select distinct
        definition_version,
        'nps_score_bands' as seed,
        nps_band as item
    from {{ ref('nps_score_bands') }}
    union all
    select
        definition_version,
        'nps_quarantine_windows' as seed,
        survey_type as item
    from {{ ref('nps_quarantine_windows') }}
    union all
    select
        definition_version,
        'reportability_floors' as seed,
        reportability as item
    from {{ ref('reportability_floors') }}
    union all
    select
        definition_version,
        'publication_limits' as seed,
        limit_name || '/' || applies_to as item
    from {{ ref('publication_limits') }}
    union all
    select
        definition_version,
        'journey_stages' as seed,
        journey_stage as item
    from {{ ref('journey_stages') }}
    union all
    select distinct
        definition_version,
        'customer_value_tiers' as seed,
        'any' as item
    from {{ ref('customer_value_tiers') }}
    union all
    select distinct
        definition_version,
        'journey_stages' as seed,
        'any' as item
    from {{ ref('journey_stages') }}
),

required_of_all as (
    {% for band in bands %}
        select
            'nps_score_bands' as seed,
            '{{ band }}' as item
        union all
    {% endfor %}
    {% for floor in floors %}
        select
            'reportability_floors' as seed,
            '{{ floor }}' as item
        union all
    {% endfor %}
    {% for limit in limits %}
        select
            'publication_limits' as seed,
            '{{ limit }}' as item
        union all
    {% endfor %}
    select
        'customer_value_tiers' as seed,
        'any' as item
    union all
    select
        'journey_stages' as seed,
        'any' as item
    union all
    select distinct
        'nps_quarantine_windows' as seed,
        survey_type as item
    from questions
),

required as (
    select
        definitions.definition_version,
        required_of_all.seed,
        required_of_all.item
    from definitions
    cross join required_of_all
    union all
    select distinct
        definitions.definition_version,
        'journey_stages' as seed,
        questions.journey_stage as item
    from definitions
    inner join questions on {{ nps_in_force_together('questions', 'definitions') }}
    where questions.journey_stage is not null
),

final as (
    select
        required.definition_version,
        required.seed,
        required.item as missing
    from required
    left join stated
        on
            required.definition_version = stated.definition_version
            and required.seed = stated.seed
            and required.item = stated.item
    where stated.item is null
)

select * from final

-- What answers are judged by. Every model that needs a version of the definition reads this one and not
-- the seed: it stands behind every seed of the definition, so that dbt builds nothing that judges before
-- all their tests have passed.
-- depends_on: {{ ref('nps_score_bands') }}
-- depends_on: {{ ref('nps_questions') }}
-- depends_on: {{ ref('nps_quarantine_windows') }}
-- depends_on: {{ ref('customer_value_tiers') }}
-- depends_on: {{ ref('reportability_floors') }}
-- depends_on: {{ ref('journey_stages') }}
-- depends_on: {{ ref('publication_limits') }}
-- depends_on: {{ ref('answer_dispositions') }}
-- depends_on: {{ ref('approvals') }}
{{ config(materialized='view') }}

select
    definition_version,
    {% if restated_definition() %}
        cast('0001-01-01' as date) as valid_from,
        cast(null as date) as valid_to
    {% else %}
        valid_from,
        valid_to
    {% endif %}
from {{ ref('nps_definitions') }}
{% if restated_definition() %}
    where definition_version = '{{ restated_definition() }}'
{% endif %}

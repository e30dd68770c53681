-- Fails with each version of the definition whose bands are not exactly the whole scores 0 to 10.
{{ config(meta={'dagster': {'ref': {'name': 'nps_score_bands'}}}) }}
with definitions as (
    select definition_version from {{ ref('nps_definitions') }}
),

bands as (
    select * from {{ ref('nps_score_bands') }}
),

final as (
    select
        definitions.definition_version,
        count(bands.score) as scores,
        count(distinct bands.score) as distinct_scores,
        min(bands.score) as lowest_score,
        max(bands.score) as highest_score
    from definitions
    left join bands on definitions.definition_version = bands.definition_version
    group by definitions.definition_version
    having
        count(bands.score) <> 11
        or count(distinct bands.score) <> 11
        or min(bands.score) <> 0
        or max(bands.score) <> 10
)

select * from final

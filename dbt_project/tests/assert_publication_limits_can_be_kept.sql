-- Fails with each limit that can never be kept (below nothing) or never be exceeded (from 100 percent on).
{{ config(meta={'dagster': {'ref': {'name': 'publication_limits'}}}) }}

with final as (
    select
        definition_version,
        limit_name,
        applies_to,
        maximum,
        minimum_count
    from {{ ref('publication_limits') }}
    where
        maximum < 0
        or minimum_count < 0
        or (unit = 'percent' and maximum >= 100)
)

select * from final

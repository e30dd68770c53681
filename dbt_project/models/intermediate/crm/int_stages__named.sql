with versions as (
    {{ union_vendors('stages') }}
),

numbered as (
    {{ numbered_versions('versions', ['source', 'stage_id']) }}
),

dated as (
    select
        source,
        {{ text_value('stage_id') }} as stage_id,
        {{ text_value('stage_name') }} as stage_name,
        version_number,
        case
            when version_number = version_count then cast('1900-01-01' as timestamp)
            else coalesce(version_at, loaded_at)
        end as valid_from
    from numbered
)

select
    source,
    stage_id,
    stage_name,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by source, stage_id order by version_number desc),
        cast('9999-12-31' as timestamp)
    ) as valid_to
from dated

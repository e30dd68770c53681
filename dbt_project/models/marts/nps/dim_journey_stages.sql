with stages as (
    select * from {{ ref('journey_stages') }}
),

versions as (
    select distinct definition_version from stages
),

final as (
    select
        definition_version,
        journey_stage,
        journey_order,
        description
    from stages
    union all
    select
        definition_version,
        'Unassigned' as journey_stage,
        cast(null as integer) as journey_order,
        'The stage at the moment of the answer is unknown or not a governed one' as description
    from versions
)

select * from final

with stages as (
    select * from {{ ref('journey_stages') }}
),

final as (
    select
        journey_stage,
        journey_order,
        description
    from stages
    union all
    select
        'Unassigned' as journey_stage,
        cast(null as integer) as journey_order,
        'The stage at the moment of the answer is unknown or not a governed one' as description
)

select * from final

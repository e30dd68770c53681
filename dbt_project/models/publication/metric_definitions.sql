with definitions as (
    select * from {{ ref('dim_metric_definitions') }}
),

final as (
    select
        definition_version,
        valid_from,
        valid_to,
        approved_by,
        reason,
        element,
        item,
        value_text,
        description
    from definitions
)

select * from final

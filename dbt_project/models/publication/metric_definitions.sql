with final as (
    select * from {{ ref('dim_metric_definitions') }}
)

select * from final

{{ config(materialized='view') }}

with final as (

    {{ union_vendors('quarantined_records', columns=entity_columns('quarantined_records')) }}

)

select * from final

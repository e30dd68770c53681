{{ config(materialized='view') }}

with versions as (

    {{ union_vendors('responses') }}

),

final as (

    select
        source || ':' || record_id as answer_key,
        *
    from versions

)

select * from final

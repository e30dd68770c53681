{{ config(materialized='view') }}

with versions as (

    {{ union_vendors('responses') }}

),

numbered as (

    {{ numbered_versions('versions', ['source', 'record_id']) }}

),

final as (

    select
        source || ':' || record_id as answer_key,
        *
    from numbered

)

select * from final

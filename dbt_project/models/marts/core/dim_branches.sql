with branches as (

    select * from {{ ref('int_branches__current') }}

),

final as (

    select
        branch_key,
        branch_id,
        source,
        branch_name,
        region,
        owner_id,
        opened_on,
        closed_on
    from branches

)

select * from final

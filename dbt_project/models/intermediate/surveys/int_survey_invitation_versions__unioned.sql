{{ config(materialized='view') }}

with versions as (

    {{ union_vendors('invitations') }}

),

final as (

    select
        source || ':' || {{ identity_key('invitation_id') }} as invitation_key,
        *
    from versions

)

select * from final

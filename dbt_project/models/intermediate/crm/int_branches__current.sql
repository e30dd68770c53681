with versions as (

    {{ union_vendors('branches') }}

),

keyed as (

    select
        *,
        {{ identity_key('branch_id') }} as branch_key
    from versions

),

current_records as (

    {{ current_versions('keyed', ['branch_key']) }}

),

final as (

    select
        branch_key,
        source,
        {{ trimmed('branch_id') }} as branch_id,
        {{ text_value('branch_name') }} as branch_name,
        {{ text_value('region') }} as region,
        {{ text_value('owner_id') }} as owner_id,
        opened_on,
        closed_on
    from current_records
    where branch_key is not null

)

select * from final

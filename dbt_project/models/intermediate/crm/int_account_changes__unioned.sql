{{ config(materialized='view') }}

with changes as (

    {{ union_vendors('account_history') }}

),

current_changes as (

    {{ current_versions('changes', ['source', 'record_id']) }}

),

final as (

    select
        source,
        record_id,
        {{ identity_key('account_id') }} as account_key,
        attribute_name,
        changed_at,
        {{ text_value('old_value') }} as old_value,
        {{ text_value('new_value') }} as new_value
    from current_changes
    where
        attribute_name is not null
        and changed_at is not null

)

select * from final

{{ config(materialized='view') }}

with changes as (

    {{ union_vendors('account_history') }}

),

numbered as (

    {{ numbered_versions('changes', ['source', 'record_id']) }}

),

final as (

    select
        source,
        record_id,
        {{ identity_key('account_id') }} as account_key,
        attribute,
        changed_at,
        {{ text_value('old_value') }} as old_value,
        {{ text_value('new_value') }} as new_value
    from numbered
    where
        version_number = 1
        and attribute is not null
        and changed_at is not null

)

select * from final

with recursive versions as (
    {{ union_vendors('contacts') }}
),

keyed as (
    select
        *,
        {{ customer_key('contact_id') }} as contact_key,
        {{ customer_key('merged_into_id') }} as merged_into_key
    from versions
),

records as (
    {{ current_versions('keyed', ['contact_key'], 'contact_key is not null') }}
),

{{ merge_survivors('contact_key') }}

select
    records.contact_key,
    survivors.survivor_key,
    records.source,
    {{ trimmed('records.contact_id') }} as contact_id,
    {{ identity_key('records.email') }} as email,
    {{ customer_key('records.account_id') }} as given_account_key,
    merged.survivor_key as account_key,
    coalesce(records.is_deleted, false) as is_deleted,
    records.created_at
from records
inner join survivors
    on records.contact_key = survivors.contact_key
inner join records as survivor_records
    on survivors.survivor_key = survivor_records.contact_key
left join {{ ref('int_accounts__merged') }} as merged
    on {{ customer_key('survivor_records.account_id') }} = merged.account_key

with recursive versions as (
    {{ union_vendors('contacts') }}
),

keyed as (
    select
        *,
        {{ crm_key('contact_id') }} as contact_key,
        {{ crm_key('merged_into_id') }} as merged_into_key
    from versions
),

records as (
    {{ current_versions('keyed', ['contact_key'], 'contact_key is not null') }}
),

{{ merge_survivors('contact_key') }},

-- Where there are several CRMs, a contact is found by the id alone too, if only one of them knows it.
names as (
    select
        contact_key,
        contact_key as record_key,
        survivor_key
    from survivors
    {%- if has_several_crms() %}
        union all
        select
            named.named_key as contact_key,
            survivors.contact_key as record_key,
            survivors.survivor_key
        from (
            {{ named_by_one_crm('survivors', 'contact_key') | indent(12) }}
        ) as named
        inner join survivors
            on named.contact_key = survivors.contact_key
    {%- endif %}
)

select
    names.contact_key,
    names.survivor_key,
    records.source,
    {{ trimmed('records.contact_id') }} as contact_id,
    {{ identity_key('records.email') }} as email,
    case
        when names.contact_key = names.record_key
            then {{ crm_key('records.account_id', 'records.source') }}
    end as given_account_key,
    merged.survivor_key as account_key,
    coalesce(records.is_deleted, false) as is_deleted,
    records.created_at
from names
inner join records
    on names.record_key = records.contact_key
inner join records as survivor_records
    on names.survivor_key = survivor_records.contact_key
left join {{ ref('int_accounts__merged') }} as merged
    on {{ crm_key('survivor_records.account_id', 'survivor_records.source') }} = merged.account_key

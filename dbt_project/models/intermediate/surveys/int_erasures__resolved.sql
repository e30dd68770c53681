with requests as (
    select
        *,
        {{ identity_key('erasure_id') }} as erasure_key
    from {{ ref('stg_files__erasures') }}
),

current_requests as (
    {{ current_versions('requests', ['erasure_key']) }}
),

keyed as (
    select
        requested_at,
        {{ identity_key('limited_to_source') }} as limited_to_source,
        {{ identity_key('response_id') }} as response_key,
        {{ customer_key('contact_id') }} as contact_key,
        {{ identity_key('email') }} as email,
        {{ identity_key('person_id') }} as person_id
    from current_requests
    where requested_at < {{ as_of() }}
),

-- a placeholder names nobody, least of all everybody who has it
in_view as (
    select
        requested_at,
        limited_to_source,
        response_key,
        {{ unless_placeholder('contact_key') | indent(8) }} as contact_key,
        {{ unless_no_address('email') | indent(8) }} as email,
        {{ unless_placeholder('person_id') | indent(8) }} as person_id
    from keyed
),

-- a contact the CRM does not know, because it has erased it too, still names the answers that carry its id
named as (
    select
        'response' as named_by,
        response_key as named_key,
        limited_to_source,
        requested_at
    from in_view
    where response_key is not null
    union all
    select
        'contact' as named_by,
        coalesce(contacts.survivor_key, in_view.contact_key) as named_key,
        in_view.limited_to_source,
        in_view.requested_at
    from in_view
    left join {{ ref('int_contacts__identified') }} as contacts
        on in_view.contact_key = contacts.contact_key
    where in_view.contact_key is not null
    union all
    select
        'email' as named_by,
        email as named_key,
        limited_to_source,
        requested_at
    from in_view
    where email is not null
    union all
    select
        'person' as named_by,
        person_id as named_key,
        limited_to_source,
        requested_at
    from in_view
    where person_id is not null
),

sources as (
    {% for vendor in vendors_with('responses') %}
        select '{{ vendor }}' as source -- noqa: RF04
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

-- of several requests for the same, the latest reaches furthest
select
    sources.source,
    named.named_by,
    case
        when named.named_by = 'person' then 'person:' || sources.source || ':' || named.named_key
        else named.named_key
    end as named_key,
    max(named.requested_at) as erased_before
from named
inner join sources
    on
        named.limited_to_source is null
        or named.limited_to_source = sources.source
group by
    sources.source,
    named.named_by,
    named.named_key

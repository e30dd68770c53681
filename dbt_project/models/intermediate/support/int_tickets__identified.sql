with versions as (
    select * from {{ ref('int_ticket_versions__unioned') }}
),

tickets as (
    {{ current_versions('versions', ['ticket_key'], 'ticket_key is not null') }}
),

requester_versions as (
    select * from {{ ref('int_ticket_requesters__unioned') }}
),

requesters as (
    {{ current_versions('requester_versions', ['source', 'requester_id']) }}
),

organization_versions as (
    select * from {{ ref('int_ticket_organizations__unioned') }}
),

organizations as (
    {{ current_versions('organization_versions', ['source', 'organization_id']) }}
),

given as (
    select
        tickets.*,
        {{ customer_key('tickets.contact_id') }} as own_contact_key,
        {{ customer_key('requesters.contact_id') }} as requesting_contact_key,
        {{ identity_key('coalesce(tickets.requester_email, requesters.email)') }} as email,
        {{ customer_key('tickets.account_id') }} as own_account_key,
        {{ customer_key('organizations.account_id') }} as organization_account_key
    from tickets
    left join requesters
        on tickets.source = requesters.source and tickets.requester_id = requesters.requester_id
    left join organizations
        on tickets.source = organizations.source and tickets.organization_id = organizations.organization_id
),

with_contact as (
    select
        given.*,
        coalesce(own.survivor_key, requesting.survivor_key, emails.contact_key) as contact_key
    from given
    left join {{ ref('int_contacts__identified') }} as own
        on given.own_contact_key = own.contact_key
    left join {{ ref('int_contacts__identified') }} as requesting
        on given.requesting_contact_key = requesting.contact_key
    left join {{ ref('int_contact_emails__resolved') }} as emails
        on given.email = emails.email
)

select
    with_contact.ticket_key,
    with_contact.source,
    {{ trimmed('with_contact.ticket_id') }} as ticket_id,
    with_contact.contact_key,
    coalesce(own.survivor_key, organizations.survivor_key, contacts.account_key) as account_key,
    {{ identity_key('with_contact.priority') }} as priority,
    {{ identity_key('with_contact.channel') }} as channel,
    {{ identity_key('with_contact.status') }} as status,
    with_contact.opened_at,
    with_contact.first_replied_at,
    with_contact.solved_at,
    coalesce(with_contact.reopen_count, 0) as reopen_count,
    coalesce(with_contact.is_deleted, false) as is_deleted
from with_contact
left join {{ ref('int_accounts__merged') }} as own
    on with_contact.own_account_key = own.account_key
left join {{ ref('int_accounts__merged') }} as organizations
    on with_contact.organization_account_key = organizations.account_key
left join {{ ref('int_contacts__identified') }} as contacts
    on with_contact.contact_key = contacts.contact_key

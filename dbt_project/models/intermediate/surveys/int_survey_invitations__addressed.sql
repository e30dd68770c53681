{{ config(materialized='view') }}

select
    invitations.invitation_key,
    invitations.source,
    invitations.invitation_id,
    invitations.survey_id,
    invitations.given_account_key,
    invitations.given_branch_key,
    invitations.email,
    invitations.employee_id,
    invitations.channel,
    {{ delivered_columns('answer', 'invitations') }}
    invitations.status,
    invitations.sent_at,
    invitations.opened_at,
    invitations.started_at,
    invitations.finished_at,
    invitations.event_at,
    coalesce(contacts.survivor_key, invitations.given_contact_key) as own_contact_key,
    coalesce(contacts.survivor_key, emails.contact_key) as contact_key
from {{ ref('int_survey_invitations__current') }} as invitations
left join {{ ref('int_contacts__identified') }} as contacts
    on invitations.given_contact_key = contacts.contact_key
left join {{ ref('int_contact_emails__resolved') }} as emails
    on invitations.email = emails.email

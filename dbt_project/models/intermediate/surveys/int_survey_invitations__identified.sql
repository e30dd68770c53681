{{ config(materialized='view') }}

with with_account as (
    select
        invitations.*,
        coalesce(merged.survivor_key, contacts.account_key) as account_key
    from {{ ref('int_survey_invitations__addressed') }} as invitations
    left join {{ ref('int_accounts__merged') }} as merged
        on invitations.given_account_key = merged.account_key
    left join {{ ref('int_contacts__identified') }} as contacts
        on invitations.contact_key = contacts.contact_key
)

select
    with_account.invitation_key,
    with_account.source,
    with_account.invitation_id,
    with_account.survey_id,
    with_account.sent_at,
    with_account.status,
    with_account.opened_at,
    with_account.started_at,
    with_account.finished_at,
    coalesce(with_account.contact_key, with_account.email, with_account.invitation_key) as person_key,
    with_account.contact_key,
    with_account.account_key,
    coalesce(branches.branch_key, account_versions.branch_key) as branch_key,
    account_versions.region as account_region,
    account_versions.plan,
    {{ delivered_columns('account', 'account_versions') }}
    {{ delivered_columns('answer', 'with_account') }}
    account_versions.lifecycle_stage,
    with_account.event_at,
    with_account.employee_id,
    with_account.channel
from with_account
left join {{ ref('int_branches__current') }} as branches
    on with_account.given_branch_key = branches.branch_key
left join {{ ref('int_account_versions__built') }} as account_versions
    on
        with_account.account_key = account_versions.account_key
        and with_account.sent_at >= account_versions.valid_from
        and with_account.sent_at < account_versions.valid_to

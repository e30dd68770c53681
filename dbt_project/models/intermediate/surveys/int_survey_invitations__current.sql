{{ config(materialized='view') }}

with current_versions as (
    select versions.*
    from {{ ref('int_survey_invitation_versions__unioned') }} as versions
    left join {{ ref('int_survey_invitation_versions__numbered') }} as numbered
        on
            versions.source = numbered.source
            and versions.record_id = numbered.record_id
            and versions.version_id = numbered.version_id
    where
        coalesce(numbered.version_number, 1) = 1
        and {{ trimmed('versions.invitation_id') }} <> ''
),

keyed as (
    select
        invitation_key,
        source,
        {{ identity_key('invitation_id') }} as invitation_id,
        {{ trimmed('survey_id') }} as survey_id,
        {{ customer_key('contact_id') }} as given_contact_key,
        {{ customer_key('account_id') }} as given_account_key,
        {{ identity_key('branch_id') }} as given_branch_key,
        {{ identity_key('email') }} as email,
        {{ text_value('employee_id') }} as employee_id,
        {{ identity_key('channel') }} as channel,
        {{ delivered_columns('answer') }}
        {{ invitation_status() }} as status,
        sent_at,
        opened_at,
        started_at,
        finished_at,
        event_at
    from current_versions
)

select
    invitation_key,
    source,
    invitation_id,
    survey_id,
    {{ unless_placeholder('given_contact_key') | indent(4) }} as given_contact_key,
    {{ unless_placeholder('given_account_key') | indent(4) }} as given_account_key,
    given_branch_key,
    {{ unless_no_address('email') | indent(4) }} as email,
    employee_id,
    channel,
    {{ delivered_columns('answer') }}
    status,
    sent_at,
    opened_at,
    started_at,
    finished_at,
    event_at
from keyed

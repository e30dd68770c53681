{{ config(materialized='view') }}

with versions as (

    {{ union_vendors('invitations') }}

),

keyed as (

    select
        *,
        source || ':' || {{ identity_key('invitation_id') }} as invitation_key
    from versions

),

current_records as (

    {{ current_versions('keyed', ['invitation_key']) }}

),

final as (

    select
        invitation_key,
        source,
        {{ identity_key('invitation_id') }} as invitation_id,
        trim(survey_id) as survey_id,
        {{ identity_key('contact_id') }} as given_contact_key,
        {{ identity_key('account_id') }} as given_account_key,
        {{ identity_key('branch_id') }} as given_branch_key,
        {{ identity_key('email') }} as email,
        {{ text_value('employee_id') }} as employee_id,
        {{ identity_key('channel') }} as channel,
        {{ invitation_status() }} as status,
        sent_at,
        opened_at,
        started_at,
        finished_at,
        event_at
    from current_records
    where invitation_key is not null

)

select * from final

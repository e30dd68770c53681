with versions as (

    {{ union_vendors('invitations') }}

),

keyed as (

    select
        *,
        source || ':' || {{ identity_key('invitation_id') }} as invitation_key
    from versions

),

numbered as (

    {{ numbered_versions('keyed', ['invitation_key']) }}

),

invitations as (

    select
        *,
        {{ identity_key('email') }} as email_key
    from numbered
    where
        version_number = 1
        and invitation_key is not null

),

with_contact as (

    select
        invitations.*,
        coalesce(contacts.survivor_key, emails.contact_key) as contact_key
    from invitations
    left join {{ ref('int_contacts__identified') }} as contacts
        on {{ identity_key('invitations.contact_id') }} = contacts.contact_key
    left join {{ ref('int_contact_emails__resolved') }} as emails
        on invitations.email_key = emails.email

),

with_account as (

    select
        with_contact.*,
        coalesce(accounts.survivor_key, contacts.account_key) as account_key
    from with_contact
    left join {{ ref('int_accounts__merged') }} as accounts
        on {{ identity_key('with_contact.account_id') }} = accounts.account_key
    left join {{ ref('int_contacts__identified') }} as contacts
        on with_contact.contact_key = contacts.contact_key

),

final as (

    select
        with_account.invitation_key,
        with_account.source,
        {{ identity_key('with_account.invitation_id') }} as invitation_id,
        trim(with_account.survey_id) as survey_id,
        with_account.sent_at,
        {{ invitation_status('with_account') }} as status,
        with_account.opened_at,
        with_account.started_at,
        with_account.finished_at,
        coalesce(with_account.contact_key, with_account.email_key, with_account.invitation_key) as person_key,
        with_account.contact_key,
        with_account.account_key,
        coalesce(branches.branch_key, account_versions.branch_key) as branch_key,
        with_account.event_at,
        {{ text_value('with_account.employee_id') }} as employee_id,
        {{ identity_key('with_account.channel') }} as channel
    from with_account
    left join {{ ref('int_branches__current') }} as branches
        on {{ identity_key('with_account.branch_id') }} = branches.branch_key
    left join {{ ref('int_account_versions__built') }} as account_versions
        on
            with_account.account_key = account_versions.account_key
            and with_account.sent_at >= account_versions.valid_from
            and with_account.sent_at < account_versions.valid_to

)

select * from final

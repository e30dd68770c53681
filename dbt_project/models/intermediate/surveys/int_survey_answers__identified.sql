with answers as (

    select * from {{ ref('int_survey_answers__current') }}

),

own_domains as (

    select distinct lower(trim(email_domain)) as email_domain
    from {{ ref('own_email_domains') }}

),

employee_emails as (

    select distinct email
    from {{ ref('int_employees__current') }}
    where email is not null

),

with_contact as (

    select
        answers.*,
        invitations.sent_at,
        coalesce(contacts.survivor_key, invitations.contact_key, emails.contact_key) as contact_key,
        employee_emails.email is not null or own_domains.email_domain is not null as is_staff
    from answers
    left join {{ ref('int_contacts__identified') }} as contacts
        on answers.given_contact_key = contacts.contact_key
    left join {{ ref('int_survey_invitations__addressed') }} as invitations
        on answers.source || ':' || answers.invitation_id = invitations.invitation_key
    left join {{ ref('int_contact_emails__resolved') }} as emails
        on answers.respondent_email = emails.email
    left join employee_emails
        on answers.respondent_email = employee_emails.email
    left join own_domains
        on {{ dbt.split_part('answers.respondent_email', "'@'", -1) }} = own_domains.email_domain

),

final as (

    select
        with_contact.answer_key,
        with_contact.source,
        with_contact.survey_id,
        with_contact.question_id,
        with_contact.score,
        with_contact.responded_at,
        with_contact.started_at,
        with_contact.sent_at,
        with_contact.event_at,
        with_contact.invitation_id,
        with_contact.contact_key,
        with_contact.is_test,
        with_contact.is_staff,
        coalesce(merged.survivor_key, contacts.account_key) as account_key,
        coalesce(
            with_contact.contact_key, with_contact.respondent_email, with_contact.answer_key
        ) as person_key
    from with_contact
    left join {{ ref('int_accounts__merged') }} as merged
        on with_contact.given_account_key = merged.account_key
    left join {{ ref('int_contacts__identified') }} as contacts
        on with_contact.contact_key = contacts.contact_key

)

select * from final

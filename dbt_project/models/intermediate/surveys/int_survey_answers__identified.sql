with own_domains as (
    select distinct lower(trim(email_domain)) as email_domain
    from {{ ref('own_email_domains') }}
),

employee_emails as (
    select distinct email
    from {{ ref('int_employees__current') }}
    where
        is_staff
        and email is not null
),

with_contact as (
    select
        answers.*,
        offered.scale_min as offered_min,
        offered.scale_max as offered_max,
        offered.scale_points as offered_points,
        coalesce(contacts.survivor_key, answers.given_contact_key) as own_contact_key,
        invitations.own_contact_key as named_contact_key,
        invitations.contact_key as invited_contact_key,
        invitations.sent_at,
        coalesce(contacts.survivor_key, invitations.contact_key, emails.contact_key) as contact_key,
        employee_emails.email is not null or own_domains.email_domain is not null as is_staff
    from {{ ref('int_survey_answers__current') }} as answers
    left join {{ ref('int_contacts__identified') }} as contacts
        on answers.given_contact_key = contacts.contact_key
    left join {{ ref('int_survey_invitations__addressed') }} as invitations
        on answers.source || ':' || answers.invitation_id = invitations.invitation_key
    left join {{ ref('int_contact_emails__resolved') }} as emails
        on answers.respondent_email = emails.email
    -- load ids are digits: 'z' is after each of them
    left join {{ ref('int_survey_questions__offered') }} as offered
        on
            answers.source = offered.source
            and {{ identity_key('answers.survey_id') }} = offered.survey_key
            and {{ identity_key('answers.question_id') }} = offered.question_key
            and answers.load_id >= offered.loaded_from
            and answers.load_id < coalesce(offered.loaded_until, 'z')
    left join employee_emails
        on answers.given_email = employee_emails.email
    left join own_domains
        on {{ dbt.split_part('answers.given_email', "'@'", -1) }} = own_domains.email_domain
),

with_erasure as (
    select
        with_contact.*,
        coalesce(with_contact.responded_at < by_response.erased_before, false)
        or coalesce(with_contact.responded_at < by_own_contact.erased_before, false)
        or coalesce(with_contact.responded_at < by_named_contact.erased_before, false)
        or coalesce(with_contact.responded_at < by_invited_contact.erased_before, false)
        or coalesce(with_contact.responded_at < by_contact.erased_before, false)
        or coalesce(with_contact.responded_at < by_email.erased_before, false)
        or coalesce(with_contact.responded_at < by_person.erased_before, false) as is_erased
    from with_contact
    left join {{ ref('int_erasures__resolved') }} as by_response
        on
            by_response.named_by = 'response'
            and with_contact.source = by_response.source
            and {{ identity_key('with_contact.response_id') }} = by_response.named_key
    left join {{ ref('int_erasures__resolved') }} as by_own_contact
        on
            by_own_contact.named_by = 'contact'
            and with_contact.source = by_own_contact.source
            and with_contact.own_contact_key = by_own_contact.named_key
    left join {{ ref('int_erasures__resolved') }} as by_named_contact
        on
            by_named_contact.named_by = 'contact'
            and with_contact.source = by_named_contact.source
            and with_contact.named_contact_key = by_named_contact.named_key
    left join {{ ref('int_erasures__resolved') }} as by_invited_contact
        on
            by_invited_contact.named_by = 'contact'
            and with_contact.source = by_invited_contact.source
            and with_contact.invited_contact_key = by_invited_contact.named_key
    left join {{ ref('int_erasures__resolved') }} as by_contact
        on
            by_contact.named_by = 'contact'
            and with_contact.source = by_contact.source
            and with_contact.contact_key = by_contact.named_key
    left join {{ ref('int_erasures__resolved') }} as by_email
        on
            by_email.named_by = 'email'
            and with_contact.source = by_email.source
            and with_contact.respondent_email = by_email.named_key
    left join {{ ref('int_erasures__resolved') }} as by_person
        on
            by_person.named_by = 'person'
            and with_contact.source = by_person.source
            and with_contact.given_person_key = by_person.named_key
),

with_account as (
    select
        with_erasure.*,
        coalesce(merged.survivor_key, contacts.account_key) as account_key
    from with_erasure
    left join {{ ref('int_accounts__merged') }} as merged
        on with_erasure.given_account_key = merged.account_key
    left join {{ ref('int_contacts__identified') }} as contacts
        on with_erasure.contact_key = contacts.contact_key
)

select
    answer_key,
    source,
    survey_id,
    question_id,
    responded_at,
    started_at,
    is_erased,
    offered_min,
    offered_max,
    offered_points,
    {{ unless_erased([
        'score', 'sent_at', 'event_at', 'invitation_id', 'contact_key', 'account_key', 'is_test', 'is_staff'
    ]) | indent(4) }},
    case
        when is_erased then answer_key
        else coalesce(contact_key, respondent_email, given_person_key, answer_key)
    end as person_key
from with_account

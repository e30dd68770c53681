{{ config(materialized='view') }}

with versions as (
    select
        versions.*,
        coalesce(numbered.version_count, 1) as version_count
    from {{ ref('int_survey_answer_versions__unioned') }} as versions
    left join {{ ref('int_survey_answer_versions__numbered') }} as numbered
        on
            versions.source = numbered.source
            and versions.record_id = numbered.record_id
            and versions.version_id = numbered.version_id
    where coalesce(numbered.version_number, 1) = 1
),

keyed as (
    select
        answer_key,
        source,
        {{ trimmed('response_id') }} as response_id,
        {{ trimmed('survey_id') }} as survey_id,
        {{ trimmed('question_id') }} as question_id,
        score,
        responded_at,
        started_at,
        event_at,
        {{ identity_key('invitation_id') }} as invitation_id,
        {{ customer_key('account_id') }} as given_account_key,
        {{ customer_key('contact_id') }} as given_contact_key,
        {{ identity_key('branch_id') }} as given_branch_key,
        {{ identity_key('respondent_email') }} as given_email,
        {{ identity_key('person_id') }} as person_id,
        {{ text_value('employee_id') }} as employee_id,
        {{ text_value('device_id') }} as device_id,
        {{ identity_key('channel') }} as channel,
        {{ delivered_columns('answer') }}
        {{ text_value('language') }} as language, -- noqa: RF04
        comment,
        coalesce(is_test, false) as is_test,
        loaded_at,
        load_id,
        version_count
    from versions
)

select
    answer_key,
    source,
    response_id,
    survey_id,
    question_id,
    score,
    responded_at,
    started_at,
    event_at,
    {{ unless_placeholder('invitation_id') | indent(4) }} as invitation_id,
    {{ unless_placeholder('given_account_key') | indent(4) }} as given_account_key,
    {{ unless_placeholder('given_contact_key') | indent(4) }} as given_contact_key,
    given_branch_key,
    given_email,
    {{ unless_no_address('given_email') | indent(4) }} as respondent_email,
    'person:' || source || ':' || {{ unless_placeholder('person_id') | indent(4) }} as given_person_key,
    employee_id,
    device_id,
    channel,
    {{ delivered_columns('answer') }}
    language, -- noqa: RF04
    comment,
    is_test,
    loaded_at,
    load_id,
    version_count
from keyed

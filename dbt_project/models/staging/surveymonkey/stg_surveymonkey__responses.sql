{{ config(enabled=vendor_is_on('surveymonkey')) }}

with source as (
    {{ loaded_records('raw_surveymonkey', 'responses') }}
)

select
    {{ provenance() }},
    response_id,
    survey_id,
    question_id,
    invitation_id,
    account_id,
    contact_id,
    respondent_email,
    branch_id,
    employee_id,
    device_id,
    collector_id,
    recipient_id,
    score,
    comment,
    is_test,
    {{ staged_dimensions('answer', 'surveymonkey', within='custom_variables') }}
    cast(responded_at as timestamp) as responded_at,
    cast(event_at as timestamp) as event_at,
    {{ not_supplied('responses', ['person_id', 'channel', 'language', 'started_at']) }}
from source

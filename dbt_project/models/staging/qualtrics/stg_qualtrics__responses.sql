{{ config(enabled=vendor_is_on('qualtrics')) }}

with source as (
    {{ loaded_records('raw_qualtrics', 'responses') }}
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
    external_reference,
    score,
    comment,
    distribution_channel as channel,
    {{ staged_dimensions('answer', 'qualtrics', within='values') }}
    user_language as language, -- noqa: RF04
    cast(status as integer) as response_status,
    cast(progress as integer) as progress_percent,
    duration_seconds,
    (status & 1) + (status & 2) + (status & 8) + (status & 256) > 0 as is_test,
    is_finished,
    cast(recorded_at as timestamp) as responded_at,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(event_at as timestamp) as event_at,
    cast(last_modified_at as timestamp) as last_modified_at,
    {{ not_supplied('responses', ['person_id']) }}
from source

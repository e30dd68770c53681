with source as (
    {{ loaded_records('raw_files', 'surveys_responses') }}
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
    person_id,
    branch_id,
    employee_id,
    device_id,
    score,
    comment,
    channel,
    {{ staged_dimensions('answer', 'files') }}
    cast(null as string) as language, -- noqa: RF04
    coalesce(is_test, false) as is_test,
    cast(responded_at as timestamp) as responded_at,
    cast(started_at as timestamp) as started_at,
    cast(event_at as timestamp) as event_at,
    file_name
from source

{{ config(enabled=vendor_is_on('medallia')) }}

with source as (
    {{ loaded_records('raw_medallia', 'responses') }}
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
    score,
    comment,
    cast(responded_at as timestamp) as responded_at,
    cast(event_at as timestamp) as event_at,
    {{ not_supplied('responses', ['person_id', 'channel', 'language', 'is_test', 'started_at']) }}
from source

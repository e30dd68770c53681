{{ config(enabled=vendor_is_on('askly')) }}

with source as (
    {{ loaded_records('raw_askly', 'responses') }}
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
    score,
    is_test,
    cast(responded_at as timestamp) as responded_at,
    {{ not_supplied('responses', [
        'person_id', 'branch_id', 'employee_id', 'device_id', 'comment', 'channel', 'language', 'started_at', 'event_at'
    ]) }}
from source

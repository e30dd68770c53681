with source as (
    {{ loaded_records('raw_files', 'surveys_invitations') }}
)

select
    {{ provenance() }},
    invitation_id,
    survey_id,
    contact_id,
    account_id,
    email,
    branch_id,
    employee_id,
    event_id,
    cast(null as string) as channel,
    {{ staged_dimensions('answer', 'files') }}
    status,
    cast(sent_at as timestamp) as sent_at,
    cast(null as timestamp) as opened_at,
    cast(null as timestamp) as started_at,
    cast(null as timestamp) as finished_at,
    cast(event_at as timestamp) as event_at,
    file_name
from source

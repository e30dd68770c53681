{{ config(enabled=vendor_is_on('askly')) }}

with source as (
    {{ loaded_records('raw_askly', 'invitations') }}
)

select
    {{ provenance() }},
    invitation_id,
    survey_id,
    contact_id,
    email,
    status,
    cast(sent_at as timestamp) as sent_at,
    {{ not_supplied('invitations', [
        'account_id', 'branch_id', 'employee_id', 'channel', 'opened_at', 'started_at', 'finished_at', 'event_at'
    ]) }}
from source

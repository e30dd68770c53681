{{ config(enabled=vendor_is_on('zendesk')) }}

with source as (
    {{ loaded_records('raw_zendesk', 'tickets') }}
)

select
    {{ provenance() }},
    ticket_id,
    organization_id,
    requester_id,
    priority,
    channel,
    status,
    cast(opened_at as timestamp) as opened_at,
    {{ dbt.dateadd('minute', 'first_reply_minutes', 'cast(opened_at as timestamp)') }} as first_replied_at,
    cast(solved_at as timestamp) as solved_at,
    reopen_count,
    status = 'deleted' as is_deleted,
    {{ not_supplied('tickets', ['account_id', 'contact_id', 'requester_email']) }}
from source

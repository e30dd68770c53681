{{ config(enabled=vendor_is_on('zendesk')) }}

with source as (
    {{ loaded_records('raw_zendesk', 'ticket_events') }}
)

select
    {{ provenance() }},
    ticket_id,
    status,
    cast(changed_at as timestamp) as changed_at
from source

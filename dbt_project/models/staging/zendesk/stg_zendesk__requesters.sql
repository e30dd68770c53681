{{ config(enabled=vendor_is_on('zendesk')) }}

with source as (
    {{ loaded_records('raw_zendesk', 'requesters') }}
)

select
    {{ provenance() }},
    requester_id,
    contact_id,
    email
from source

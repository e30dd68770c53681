{{ config(enabled=vendor_is_on('zendesk')) }}

with source as (
    {{ loaded_records('raw_zendesk', 'organizations') }}
)

select
    {{ provenance() }},
    organization_id,
    account_id
from source

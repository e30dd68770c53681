{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'branches') }}
)

select
    {{ provenance() }},
    branch_id,
    owner_id,
    name as branch_name,
    region,
    opened_on,
    closed_on
from source

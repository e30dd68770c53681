{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'stages') }}
)

select
    {{ provenance() }},
    stage_id,
    stage_name,
    found_in
from source

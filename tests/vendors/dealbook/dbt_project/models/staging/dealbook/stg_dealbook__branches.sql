{{ config(enabled=vendor_is_on('dealbook')) }}

with source as (
    {{ loaded_records('raw_dealbook', 'branches') }}
)

select
    {{ provenance() }},
    branch_id,
    name as branch_name,
    region,
    {{ not_supplied('branches', ['owner_id', 'opened_on', 'closed_on']) }}
from source

{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'tasks') }}
)

select
    {{ provenance() }},
    task_id,
    case_key,
    status as task_status,
    changed_by,
    changed_at
from source

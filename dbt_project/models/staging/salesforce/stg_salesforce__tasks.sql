{{ config(enabled=vendor_is_on('salesforce')) }}

with source as (
    {{ loaded_records('raw_salesforce', 'tasks') }}
)

select
    {{ provenance() }},
    task_id,
    case_key,
    status as task_status,
    changed_by,
    changed_at
from source

with source as (
    {{ loaded_records('raw_files', 'crm_branches') }}
)

select
    {{ provenance() }},
    branch_id,
    owner as owner_id,
    name as branch_name,
    region,
    opened_on,
    closed_on,
    file_name
from source

with source as (
    {{ loaded_records('raw_files', 'crm_contacts') }}
)

select
    {{ provenance() }},
    contact_id,
    account_id,
    merged_into_id,
    email,
    is_deleted,
    cast(created_at as timestamp) as created_at,
    cast(updated_at as timestamp) as updated_at,
    file_name
from source

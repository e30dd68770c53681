{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'contacts') }}
)

select
    {{ provenance() }},
    contact_id,
    account_id,
    merged_into_id,
    email,
    is_deleted,
    cast(created_at as timestamp) as created_at
from source

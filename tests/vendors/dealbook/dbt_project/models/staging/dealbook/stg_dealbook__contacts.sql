{{ config(enabled=vendor_is_on('dealbook')) }}

with source as (
    {{ loaded_records('raw_dealbook', 'contacts') }}
)

select
    {{ provenance() }},
    contact_id,
    account_id,
    email,
    cast(created_at as timestamp) as created_at,
    {{ not_supplied('contacts', ['merged_into_id', 'is_deleted']) }}
from source

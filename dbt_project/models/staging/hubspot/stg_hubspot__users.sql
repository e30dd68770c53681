{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'users') }}
)

select
    {{ provenance() }},
    user_id,
    name as user_name,
    email,
    is_active,
    {{ not_supplied('users', ['branch_id', 'user_type']) }}
from source

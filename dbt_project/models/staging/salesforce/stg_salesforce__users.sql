{{ config(enabled=vendor_is_on('salesforce')) }}

with source as (
    {{ loaded_records('raw_salesforce', 'users') }}
)

select
    {{ provenance() }},
    user_id,
    branch_id,
    name as user_name,
    email,
    user_type,
    is_active
from source

{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'accounts') }}
)

select
    {{ provenance() }},
    account_id,
    parent_account_id,
    merged_into_id,
    branch_id,
    region,
    owner_id,
    name as account_name,
    plan,
    industry,
    lifecycle_stage,
    status,
    {{ staged_dimensions('account', 'hubspot', 'properties') }}
    acquired_by_referral as is_acquired_by_referral,
    is_deleted,
    cast(created_at as timestamp) as created_at
from source

{{ config(enabled=vendor_is_on('dealbook')) }}

with source as (
    {{ loaded_records('raw_dealbook', 'accounts') }}
)

select
    {{ provenance() }},
    account_id,
    merged_into_id,
    name as account_name,
    plan,
    lifecycle_stage,
    branch_id,
    is_deleted,
    cast(created_at as timestamp) as created_at,
    {{ not_supplied('accounts', [
        'parent_account_id', 'owner_id', 'industry', 'status', 'region', 'is_acquired_by_referral'
    ]) }}
from source

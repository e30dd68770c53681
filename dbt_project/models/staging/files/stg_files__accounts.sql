with source as (
    {{ loaded_records('raw_files', 'crm_accounts') }}
)

select
    {{ provenance() }},
    account_id,
    parent_account_id,
    merged_into_id,
    branch_id,
    owner_id,
    name as account_name,
    region,
    plan,
    industry,
    lifecycle_stage,
    status,
    {{ staged_dimensions('account', 'files') }}
    acquired_by_referral as is_acquired_by_referral,
    is_deleted,
    cast(created_at as timestamp) as created_at,
    cast(updated_at as timestamp) as updated_at,
    file_name
from source

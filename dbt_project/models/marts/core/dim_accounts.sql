with merged_counts as (
    select
        merged.survivor_key,
        count(*) - 1 as merged_account_count
    from {{ ref('int_accounts__merged') }} as merged
    inner join {{ ref('int_accounts__current') }} as own
        on merged.account_key = own.account_key
    group by merged.survivor_key
)

select
    current_accounts.account_key,
    current_accounts.account_id,
    current_accounts.source,
    current_accounts.account_name,
    parents.survivor_key as parent_account_key,
    current_accounts.branch_key,
    current_accounts.region,
    current_accounts.owner_id,
    current_accounts.plan,
    current_accounts.industry,
    current_accounts.lifecycle_stage,
    current_accounts.status,
    current_accounts.is_acquired_by_referral,
    current_accounts.is_deleted,
    merged_counts.merged_account_count,
    current_accounts.created_at
from {{ ref('int_accounts__current') }} as current_accounts
inner join merged_counts
    on current_accounts.account_key = merged_counts.survivor_key
left join {{ ref('int_accounts__merged') }} as parents
    on current_accounts.parent_account_key = parents.account_key

with accounts as (

    select * from {{ ref('int_accounts__current') }}

),

merged as (

    select * from {{ ref('int_accounts__merged') }}

),

merged_counts as (

    select
        survivor_key,
        count(*) - 1 as merged_account_count
    from merged
    group by survivor_key

),

final as (

    select
        accounts.account_key,
        accounts.account_id,
        accounts.source,
        accounts.account_name,
        parents.survivor_key as parent_account_key,
        accounts.branch_key,
        accounts.region,
        accounts.owner_id,
        accounts.plan,
        accounts.industry,
        accounts.lifecycle_stage,
        accounts.status,
        accounts.is_acquired_by_referral,
        accounts.is_deleted,
        merged_counts.merged_account_count,
        accounts.created_at
    from accounts
    inner join merged_counts
        on accounts.account_key = merged_counts.survivor_key
    left join merged as parents
        on accounts.parent_account_key = parents.account_key

)

select * from final

with records as (
    select * from {{ ref('int_account_records__unioned') }}
),

current_records as (
    {{ current_versions('records', ['account_key']) }}
),

named as (
    select
        current_records.*,
        stage_names.stage_name
    from current_records
    left join {{ ref('int_stages__named') }} as stage_names
        on
            current_records.source = stage_names.source
            and {{ text_value('current_records.lifecycle_stage') }} = stage_names.stage_id
            and stage_names.valid_to = cast('9999-12-31' as timestamp)
)

select
    account_key,
    source,
    {{ trimmed('account_id') }} as account_id,
    merged_into_key,
    {{ crm_key('parent_account_id') }} as parent_account_key,
    {{ text_value('account_name') }} as account_name,
    {{ identity_key('branch_id') }} as branch_key,
    {{ text_value('region') }} as region,
    {{ text_value('owner_id') }} as owner_id,
    {{ text_value('plan') }} as plan,
    {{ text_value('industry') }} as industry,
    coalesce(stage_name, {{ text_value('lifecycle_stage') }}) as lifecycle_stage,
    {{ text_value('status') }} as status,
    is_acquired_by_referral,
    coalesce(is_deleted, false) as is_deleted,
    created_at,
    version_count
from named
where account_key is not null

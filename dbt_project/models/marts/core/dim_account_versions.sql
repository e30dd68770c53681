select
    account_key || '@' || cast(valid_from as {{ dbt.type_string() }}) as account_version_key,
    account_key,
    valid_from,
    valid_to,
    branch_key,
    region,
    owner_id,
    plan,
    {{ delivered_columns('account') }}
    lifecycle_stage,
    status,
    valid_to = cast('9999-12-31' as timestamp) as is_current
from {{ ref('int_account_versions__built') }}

with versions as (
    {{ union_vendors('users') }}
),

keyed as (
    select
        *,
        {{ identity_key('user_id') }} as employee_key
    from versions
),

current_records as (
    {{ current_versions('keyed', ['employee_key']) }}
)

select
    employee_key,
    source,
    {{ trimmed('user_id') }} as employee_id,
    {{ text_value('user_name') }} as employee_name,
    {{ identity_key('email') }} as email,
    {{ identity_key('branch_id') }} as branch_key,
    coalesce(is_active, true) as is_active,
    coalesce({{ identity_key('user_type') }}, 'standard') = 'standard' as is_staff
from current_records
where employee_key is not null

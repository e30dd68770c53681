{{ config(enabled=vendor_is_on('dealbook')) }}

with source as (
    {{ loaded_records('raw_dealbook', 'account_history') }}
)

select
    {{ provenance() }},
    account_id,
    case field when 'tier' then 'plan' when 'stage' then 'lifecycle_stage' when 'office' then 'branch_id' end
        as attribute_name,
    old_value,
    new_value,
    cast(changed_at as timestamp) as changed_at
from source

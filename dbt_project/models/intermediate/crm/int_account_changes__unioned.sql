{{ config(materialized='view') }}

with changes as (
    {{ union_vendors('account_history') }}
),

current_changes as (
    {{ current_versions('changes', ['source', 'record_id']) }}
),

keyed as (
    select
        source,
        record_id,
        {{ crm_key('account_id') }} as account_key,
        attribute_name,
        changed_at,
        {{ text_value('old_value') }} as old_value,
        {{ text_value('new_value') }} as new_value
    from current_changes
    where
        attribute_name is not null
        and changed_at is not null
),

known_references as (
    select
        'branch_id' as attribute_name,
        branch_key as reference_key
    from {{ ref('int_branches__current') }}
    union all
    select
        'owner_id' as attribute_name,
        employee_key as reference_key
    from {{ ref('int_employees__current') }}
),

-- A CRM may record the change of a reference twice, once with ids and once with the names people read.
compared as (
    select
        keyed.*,
        known_references.reference_key is not null as is_by_id,
        count(known_references.reference_key) over (
            partition by keyed.source, keyed.account_key, keyed.attribute_name, keyed.changed_at
        ) as changes_by_id
    from keyed
    left join known_references
        on
            keyed.attribute_name = known_references.attribute_name
            and lower(coalesce(keyed.new_value, keyed.old_value)) = known_references.reference_key
)

select
    source,
    record_id,
    account_key,
    attribute_name,
    changed_at,
    old_value,
    new_value
from compared
where
    is_by_id
    or changes_by_id = 0

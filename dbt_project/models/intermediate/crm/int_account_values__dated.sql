{#- Where the CRM records field history, history alone says what was in force when, and an attribute without
    any recorded change always had its current value: so one load of ten days and ten loads of one day agree.
    Elsewhere (files) the versions raw has kept take its place. -#}
{% set beginning = "cast('1900-01-01' as timestamp)" %}
{% set attributes = tracked_attributes() %}

with survivors as (
    select
        current_accounts.account_key,
        current_accounts.source
    from {{ ref('int_accounts__current') }} as current_accounts
    inner join {{ ref('int_accounts__merged') }} as merged
        on current_accounts.account_key = merged.account_key
    where current_accounts.account_key = merged.survivor_key
),

-- Only the survivor's own records, from the CRM that has its current version.
records as (
    select records.*
    from {{ ref('int_account_records__unioned') }} as records
    inner join survivors
        on
            records.account_key = survivors.account_key
            and records.source = survivors.source
),

numbered_records as (
    {{ numbered_versions('records', ['account_key']) }}
),

dated_records as (
    select
        *,
        case
            when has_history or version_number = version_count then {{ beginning }}
            else coalesce(version_at, loaded_at)
        end as valid_from
    from numbered_records
    where
        not has_history
        or version_number = 1
),

-- `precedence` decides where an attribute has several values from the same moment: the lowest wins.
record_values as (
    {% for attribute in attributes %}
        select
            account_key,
            '{{ attribute }}' as attribute_name,
            valid_from,
            {{ text_value(attribute) }} as attribute_value,
            version_number as precedence
        from dated_records
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

changes as (
    select
        changes.*,
        row_number() over (
            partition by changes.account_key, changes.attribute_name
            order by changes.changed_at, changes.record_id
        ) as change_number,
        count(*) over (partition by changes.account_key, changes.attribute_name) as change_count
    from {{ ref('int_account_changes__unioned') }} as changes
    inner join survivors
        on
            changes.account_key = survivors.account_key
            and changes.source = survivors.source
),

-- The value before the first recorded change takes the place of the current one.
values_before_changes as (
    select
        account_key,
        attribute_name,
        {{ beginning }} as valid_from,
        old_value as attribute_value,
        0 as precedence
    from changes
    where change_number = 1
),

values_after_changes as (
    select
        account_key,
        attribute_name,
        changed_at as valid_from,
        new_value as attribute_value,
        change_count - change_number as precedence
    from changes
),

all_values as (
    select * from record_values
    union all
    select * from values_before_changes
    union all
    select * from values_after_changes
),

ranked_values as (
    select
        *,
        row_number() over (
            partition by account_key, attribute_name, valid_from
            order by precedence
        ) as value_rank
    from all_values
),

held_stages as (
    select
        ranked_values.account_key,
        ranked_values.attribute_name,
        ranked_values.valid_from,
        coalesce(
            lead(ranked_values.valid_from) over (
                partition by ranked_values.account_key order by ranked_values.valid_from
            ),
            cast('9999-12-31' as timestamp)
        ) as valid_to,
        ranked_values.attribute_value,
        survivors.source
    from ranked_values
    inner join survivors
        on ranked_values.account_key = survivors.account_key
    where
        ranked_values.value_rank = 1
        and ranked_values.attribute_name = 'lifecycle_stage'
),

-- An account that stays in a stage while it is renamed has one name after the other.
named_stages as (
    select
        held_stages.account_key,
        held_stages.attribute_name,
        case
            when stage_names.valid_from > held_stages.valid_from then stage_names.valid_from
            else held_stages.valid_from
        end as valid_from,
        coalesce(stage_names.stage_name, held_stages.attribute_value) as attribute_value
    from held_stages
    left join {{ ref('int_stages__named') }} as stage_names
        on
            held_stages.source = stage_names.source
            and held_stages.attribute_value = stage_names.stage_id
            and held_stages.valid_from < stage_names.valid_to
            and held_stages.valid_to > stage_names.valid_from
)

select
    account_key,
    attribute_name,
    valid_from,
    attribute_value
from ranked_values
where
    value_rank = 1
    and attribute_name <> 'lifecycle_stage'
union all
select
    account_key,
    attribute_name,
    valid_from,
    attribute_value
from named_stages

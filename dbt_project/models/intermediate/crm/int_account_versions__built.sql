{#- Where the CRM records field history, history alone says what was in force when, and an attribute without any
    recorded change always had its current value: so one load of ten days and ten loads of one day agree.
    Elsewhere (files) the versions raw has kept take its place. -#}
{% set attributes = ['branch_id', 'owner_id', 'plan', 'lifecycle_stage', 'status'] %}
{% set beginning = "cast('1900-01-01' as timestamp)" %}
{% set end_of_time = "cast('9999-12-31' as timestamp)" %}
{% set history_vendors = "'" ~ vendors_with('account_history') | join("', '") ~ "'" %}

with survivors as (

    select
        accounts.account_key,
        accounts.source,
        accounts.source in ({{ history_vendors }}) as has_history
    from {{ ref('int_accounts__current') }} as accounts
    inner join {{ ref('int_accounts__merged') }} as merged
        on accounts.account_key = merged.account_key
    where accounts.account_key = merged.survivor_key

),

versions as (

    {{ union_vendors('accounts') }}

),

survivor_versions as (

    select
        survivors.account_key,
        survivors.has_history,
        versions.*
    from versions
    inner join survivors
        on
            {{ identity_key('versions.account_id') }} = survivors.account_key
            and versions.source = survivors.source

),

numbered_versions as (

    {{ numbered_versions('survivor_versions', ['account_key']) }}

),

used_versions as (

    select
        *,
        case
            when has_history or version_number = version_count then {{ beginning }}
            else coalesce(version_at, loaded_at)
        end as valid_from
    from numbered_versions
    where
        not has_history
        or version_number = 1

),

version_values as (
{% for attribute in attributes %}
    select
        account_key,
        '{{ attribute }}' as attribute,
        valid_from,
        {{ text_value(attribute) }} as attribute_value,
        version_number as tie_break
    from used_versions
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

),

history as (

    {{ union_vendors('account_history') }}

),

changes as (

    select
        survivors.account_key,
        history.attribute,
        history.changed_at,
        {{ text_value('history.old_value') }} as old_value,
        {{ text_value('history.new_value') }} as new_value,
        row_number() over (
            partition by survivors.account_key, history.attribute
            order by history.changed_at, history.record_id, history.version_id
        ) as change_number,
        row_number() over (
            partition by survivors.account_key, history.attribute
            order by history.changed_at desc, history.record_id desc, history.version_id desc
        ) as tie_break
    from history
    inner join survivors
        on
            {{ identity_key('history.account_id') }} = survivors.account_key
            and history.source = survivors.source
    where
        history.attribute is not null
        and history.changed_at is not null

),

-- The value before the first recorded change replaces the current one (tie_break 0 comes first).
values_before_changes as (

    select
        account_key,
        attribute,
        {{ beginning }} as valid_from,
        old_value as attribute_value,
        0 as tie_break
    from changes
    where change_number = 1

),

values_after_changes as (

    select
        account_key,
        attribute,
        changed_at as valid_from,
        new_value as attribute_value,
        tie_break
    from changes

),

all_values as (

    select * from version_values
    union all
    select * from values_before_changes
    union all
    select * from values_after_changes

),

ranked_values as (

    select
        *,
        row_number() over (
            partition by account_key, attribute, valid_from
            order by tie_break
        ) as value_rank
    from all_values

),

change_points as (

    select
        account_key,
        valid_from
        {%- for attribute in attributes %},
        max(case when attribute = '{{ attribute }}' then attribute_value end) as {{ attribute }},
        max(case when attribute = '{{ attribute }}' then 1 else 0 end) as sets_{{ attribute }}
        {%- endfor %}
    from ranked_values
    where value_rank = 1
    group by account_key, valid_from

),

-- The points between two settings of an attribute share a number, and so its value.
stretches as (

    select
        account_key,
        valid_from
        {%- for attribute in attributes %},
        {{ attribute }},
        sum(sets_{{ attribute }}) over (
            partition by account_key order by valid_from rows unbounded preceding
        ) as {{ attribute }}_stretch
        {%- endfor %}
    from change_points

),

carried_forward as (

    select
        account_key,
        valid_from
        {%- for attribute in attributes %},
        max({{ attribute }}) over (
            partition by account_key, {{ attribute }}_stretch
        ) as {{ attribute }}
        {%- endfor %}
    from stretches

),

compared as (

    select
        *,
        row_number() over (partition by account_key order by valid_from) as point_number
        {%- for attribute in attributes %},
        lag({{ attribute }}) over (partition by account_key order by valid_from) as previous_{{ attribute }}
        {%- endfor %}
    from carried_forward

),

period_starts as (

    select *
    from compared
    where
        point_number = 1
        {%- for attribute in attributes %}
        or {{ attribute }} is distinct from previous_{{ attribute }}
        {%- endfor %}

),

final as (

    select
        account_key,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by account_key order by valid_from), {{ end_of_time }}
        ) as valid_to,
        {{ identity_key('branch_id') }} as branch_key,
        owner_id,
        plan,
        lifecycle_stage,
        status
    from period_starts

)

select * from final

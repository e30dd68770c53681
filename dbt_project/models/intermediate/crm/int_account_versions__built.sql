{% set attributes = tracked_attributes() %}

with change_points as (
    select
        account_key,
        {% for attribute in attributes %}
            max(case when attribute_name = '{{ attribute }}' then attribute_value end) as {{ attribute }},
            max(case when attribute_name = '{{ attribute }}' then 1 else 0 end) as sets_{{ attribute }},
        {% endfor %}
        valid_from
    from {{ ref('int_account_values__dated') }}
    group by account_key, valid_from
),

-- The points from one setting of an attribute to the next share a stretch, and so its value.
stretches as (
    select
        account_key,
        {% for attribute in attributes %}
            {{ attribute }},
            sum(sets_{{ attribute }}) over (
                partition by account_key order by valid_from rows unbounded preceding
            ) as {{ attribute }}_stretch,
        {% endfor %}
        valid_from
    from change_points
),

carried_forward as (
    select
        account_key,
        {% for attribute in attributes %}
            max({{ attribute }}) over (partition by account_key, {{ attribute }}_stretch) as {{ attribute }},
        {% endfor %}
        valid_from
    from stretches
),

compared as (
    select
        *,
        {% for attribute in attributes %}
            lag({{ attribute }}) over (
                partition by account_key order by valid_from
            ) as previous_{{ attribute }},
        {% endfor %}
        row_number() over (partition by account_key order by valid_from) as point_number
    from carried_forward
),

period_starts as (
    select *
    from compared
    where
        point_number = 1
        {% for attribute in attributes %}
            or {{ attribute }} is distinct from previous_{{ attribute }}
        {% endfor %}
)

select
    account_key,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by account_key order by valid_from),
        cast('9999-12-31' as timestamp)
    ) as valid_to,
    {{ identity_key('branch_id') }} as branch_key,
    region,
    owner_id,
    plan,
    {{ delivered_columns('account') }}
    lifecycle_stage,
    status
from period_starts

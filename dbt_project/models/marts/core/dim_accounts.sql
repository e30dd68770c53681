{% set question = joining_question() -%}

with merged_counts as (
    select
        merged.survivor_key,
        count(*) - 1 as merged_account_count
    from {{ ref('int_accounts__merged') }} as merged
    inner join {{ ref('int_accounts__current') }} as own
        on merged.account_key = own.account_key
    group by merged.survivor_key
){% if question %},

reasons as (
    select
        account_key,
        {{ member_of_member(question.name, {'referral': question.referral}) }} = 'referral' as is_referral,
        row_number() over (partition by account_key order by responded_at, answer_key) as place
    from {{ ref('fct_survey_responses') }}
    where is_counted and account_key is not null and {{ question.name }} <> 'Unassigned'
){% endif %}

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
    {% if question %}
        coalesce(reasons.is_referral, current_accounts.is_acquired_by_referral) as is_acquired_by_referral,
    {% else %}
        current_accounts.is_acquired_by_referral,
    {% endif %}
    current_accounts.is_deleted,
    merged_counts.merged_account_count,
    current_accounts.created_at
from {{ ref('int_accounts__current') }} as current_accounts
inner join merged_counts
    on current_accounts.account_key = merged_counts.survivor_key
left join {{ ref('int_accounts__merged') }} as parents
    on current_accounts.parent_account_key = parents.account_key
{% if question %}
    left join reasons on current_accounts.account_key = reasons.account_key and reasons.place = 1
{% endif %}

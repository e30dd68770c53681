{#- What is delivered by id: records that deliver it, their column, and what it is joined to. -#}
{% set delivered = [
    ('answers', 'account_key', 'account'), ('answers', 'contact_key', 'contact'),
    ('answers', 'branch_key', 'branch'), ('answers', 'employee_key', 'employee'),
    ('invitations', 'account_key', 'account'), ('invitations', 'contact_key', 'contact'),
    ('invitations', 'branch_key', 'branch'), ('invitations', 'employee_key', 'employee'),
    ('accounts', 'parent_account_key', 'account'), ('accounts', 'branch_key', 'branch'),
    ('accounts', 'owner_key', 'employee'), ('contacts', 'account_key', 'account'),
    ('revenue_documents', 'account_key', 'account')
] -%}

-- an erased answer names nobody
with answers as (
    select
        given.source,
        given.given_account_key as account_key,
        given.given_contact_key as contact_key,
        given.given_branch_key as branch_key,
        lower(given.employee_id) as employee_key,
        coalesce({{ unless_placeholder('given.given_branch_key') | indent(8) }}, crm_accounts.branch_key)
            as delivered_branch_key,
        coalesce(given.given_account_key, given.given_contact_key) as delivered_account_key,
        responses.is_counted,
        responses.branch,
        responses.region,
        responses.customer_value_tier
    from {{ ref('int_survey_answers__current') }} as given
    inner join {{ ref('fct_survey_responses') }} as responses on given.answer_key = responses.answer_key
    left join {{ ref('int_accounts__current') }} as crm_accounts
        on responses.account_key = crm_accounts.account_key
    where responses.disposition <> 'erased'
),

invitations as (
    select
        source,
        given_account_key as account_key,
        given_contact_key as contact_key,
        given_branch_key as branch_key,
        lower(employee_id) as employee_key,
        invitation_id,
        status
    from {{ ref('int_survey_invitations__current') }}
),

accounts as (
    select
        source,
        parent_account_key,
        branch_key,
        lower(owner_id) as owner_key
    from {{ ref('int_accounts__current') }}
),

contacts as (
    select
        source,
        given_account_key as account_key
    from {{ ref('int_contacts__identified') }}
),

revenue_documents as (
    select
        source,
        coalesce(given_account_key, 'none, on ' || document_id) as account_key
    from {{ ref('int_revenue_documents__unioned') }}
    where set_aside_reason is null
),

known as (
    select
        'account' as kind,
        account_key as known_key
    from {{ ref('int_accounts__merged') }}
    union all
    select
        'contact' as kind,
        contact_key as known_key
    from {{ ref('int_contacts__identified') }}
    union all
    select
        'branch' as kind,
        branch_key as known_key
    from {{ ref('int_branches__current') }}
    union all
    select
        'employee' as kind,
        employee_key as known_key
    from {{ ref('int_employees__current') }}
),

known_counts as (
    select
        kind,
        count(*) as known_records
    from known
    group by kind
),

written_ids as (
    {% for records, column, kind in delivered %}
        select
            source,
            '{{ records }}' as records,
            '{{ kind }}' as kind,
            {{ column }} as given_key,
            count(*) as times
        from {{ records }}
        where {{ column }} is not null
        group by
            source,
            {{ column }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- what people write where they know no one is no id
given_ids as (
    select *
    from written_ids
    where {{ unless_placeholder('given_key') | indent(4) }} is not null
),

unmatched as (
    select
        given_ids.source,
        given_ids.records,
        given_ids.kind,
        sum(given_ids.times) as total,
        sum(case when known.known_key is null then given_ids.times else 0 end) as unknown_count,
        min(case when known.known_key is null then given_ids.given_key end) as example
    from given_ids
    left join known
        on
            given_ids.kind = known.kind
            and given_ids.given_key = known.known_key
    group by
        given_ids.source,
        given_ids.records,
        given_ids.kind
),

-- a dimension to which every counted answer of a source delivers something, and which has no member for any
unassigned as (
    {% for dimension, column in [
        ('branch', 'delivered_branch_key'), ('region', 'delivered_branch_key'),
        ('customer_value_tier', 'delivered_account_key')
    ] %}
        select
            source,
            'answers' as records,
            'dimension {{ dimension }}' as kind,
            count({{ column }}) as total,
            count({{ column }}) as unknown_count,
            min({{ column }}) as example
        from answers
        where is_counted
        group by source
        having
            count({{ column }}) > 0
            and count(case when {{ dimension }} <> 'Unassigned' then 1 end) = 0
        union all
    {% endfor %}
    select
        source,
        'invitations' as records,
        'status' as kind,
        count(*) as total,
        count(case when status = 'unknown' then 1 end) as unknown_count,
        min(case when status = 'unknown' then invitation_id end) as example
    from invitations
    group by source
),

together as (
    select * from unmatched
    union all
    select * from unassigned
)

select
    together.source,
    together.records,
    together.kind,
    cast(together.total as bigint) as total,
    cast(together.unknown_count as bigint) as unknown_count,
    cast(coalesce(known_counts.known_records, 0) as bigint) as known_records,
    together.example
from together
left join known_counts on together.kind = known_counts.kind

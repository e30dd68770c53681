with versions as (
    {{ union_vendors('branches') }}
),

keyed as (
    select
        *,
        {{ identity_key('branch_id') }} as branch_key
    from versions
),

current_records as (
    {{ current_versions('keyed', ['branch_key']) }}
),

delivered as (
    select
        branch_key,
        source,
        {{ trimmed('branch_id') }} as branch_id,
        {{ text_value('branch_name') }} as branch_name,
        {{ text_value('region') }} as region,
        {{ text_value('owner_id') }} as owner_id,
        opened_on,
        closed_on
    from current_records
    where branch_key is not null
),

-- Where nobody sends branches, the ids that answers, invitations and accounts carry are all there is to know.
named as (
    select
        source,
        branch_id
    from {{ ref('int_survey_answer_versions__unioned') }}
    union all
    select
        source,
        branch_id
    from {{ ref('int_survey_invitation_versions__unioned') }}
    union all
    select
        source,
        branch_id
    from {{ ref('int_account_records__unioned') }}
),

named_only as (
    select
        {{ identity_key('branch_id') }} as branch_key,
        min(source) as named_by,
        min({{ trimmed('branch_id') }}) as branch_id
    from named
    where not exists (select 1 as is_delivered from delivered)
    group by {{ identity_key('branch_id') }}
)

select * from delivered
union all
select
    branch_key,
    named_by,
    branch_id,
    branch_id as branch_name,
    cast(null as string) as region,
    cast(null as string) as owner_id,
    cast(null as date) as opened_on,
    cast(null as date) as closed_on
from named_only
where branch_key is not null

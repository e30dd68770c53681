-- A view: one reader, fct_survey_responses, so that an answer's texts are written once.
{{ config(materialized='view') }}

with answers as (
    select
        answers.answer_key,
        answers.source,
        answers.survey_id,
        answers.question_id,
        answers.responded_at,
        answers.started_at,
        {{ unless_erased([
            'response_id', 'given_branch_key', 'employee_id', 'device_id', 'channel', 'language', 'comment'
        ] + delivered_dimensions('answer'), 'answers', 'identities') | indent(8) }},
        identities.sent_at,
        identities.event_at,
        identities.score,
        identities.invitation_id,
        identities.person_key,
        identities.contact_key,
        identities.account_key,
        identities.is_test,
        identities.is_staff,
        answers.loaded_at,
        answers.load_id,
        answers.version_count
    from {{ ref('int_survey_answers__current') }} as answers
    inner join {{ ref('int_survey_answers__identified') }} as identities
        on answers.answer_key = identities.answer_key
),

with_attributes as (
    select
        answers.*,
        coalesce(own_branches.branch_key, account_versions.branch_key) as branch_key,
        account_versions.region as account_region,
        account_versions.plan,
        {{ delivered_columns('account', 'account_versions') }}
        account_versions.owner_id,
        account_versions.lifecycle_stage
    from answers
    left join {{ ref('int_branches__current') }} as own_branches
        on answers.given_branch_key = own_branches.branch_key
    left join {{ ref('int_account_versions__built') }} as account_versions
        on
            answers.account_key = account_versions.account_key
            and answers.responded_at >= account_versions.valid_from
            and answers.responded_at < account_versions.valid_to
)

select
    answers.answer_key,
    answers.source,
    answers.response_id,
    answers.survey_id,
    answers.question_id,
    answers.score,
    answers.responded_at,
    answers.started_at,
    answers.sent_at,
    answers.event_at,
    answers.invitation_id,
    answers.person_key,
    answers.contact_key,
    answers.account_key,
    answers.employee_id,
    answers.device_id,
    answers.channel,
    answers.language,
    answers.comment,
    answers.is_test,
    answers.is_staff,
    answers.branch_key,
    coalesce(branches.region, answers.account_region) as region,
    answers.plan,
    {{ delivered_columns('account', 'answers') }}
    {{ delivered_columns('answer', 'answers') }}
    answers.owner_id,
    answers.lifecycle_stage,
    case
        when answers.account_key is not null
            then coalesce(trailing_revenue.trailing_revenue_amount, cast(0 as decimal(18, 4)))
    end as trailing_revenue_amount,
    answers.loaded_at,
    answers.load_id,
    answers.version_count
from with_attributes as answers
left join {{ ref('int_branches__current') }} as branches
    on answers.branch_key = branches.branch_key
left join {{ ref('int_survey_answers__valued') }} as trailing_revenue
    on
        answers.account_key = trailing_revenue.account_key
        and answers.responded_at = trailing_revenue.responded_at

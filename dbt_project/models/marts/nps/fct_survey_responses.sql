with tiers as (
    {{ nps_ranges(ref('customer_value_tiers'), 'customer_value_tier', 'minimum_amount') | indent(4) }}
)

select
    answers.answer_key,
    answers.source,
    answers.response_id,
    answers.survey_id,
    answers.question_id,
    dispositioned.disposition,
    dispositioned.is_counted,
    answers.score,
    case when dispositioned.is_counted then cast(answers.score as integer) end as likelihood_score,
    case when dispositioned.is_counted then dispositioned.nps_band end as nps_band,
    case when dispositioned.is_counted then dispositioned.nps_weight end as nps_weight,
    case
        when dispositioned.is_counted then {{ fingerprint(
                "answers.answer_key || '|' || cast(cast(answers.score as integer) as string) || '|'"
                ~ " || dispositioned.nps_band || '|' || dispositioned.definition_version"
            ) }}
    end as answer_fingerprint,
    dispositioned.survey_type,
    dispositioned.touchpoint,
    dispositioned.definition_version,
    answers.responded_at,
    cast(answers.responded_at as date) as response_date,
    dispositioned.current_until,
    answers.started_at,
    answers.sent_at,
    answers.event_at,
    answers.invitation_id,
    answers.person_key,
    answers.contact_key,
    answers.account_key,
    answers.employee_id,
    answers.device_id,
    answers.branch_key,
    answers.owner_id,
    answers.lifecycle_stage,
    answers.trailing_revenue_amount,
    {{ nps_member('tiers.customer_value_tier') }} as customer_value_tier,
    {{ nps_member('governed_stages.journey_stage') }} as journey_stage,
    {{ nps_member('branches.branch_id') }} as branch,
    {{ nps_member('answers.region') }} as region,
    {{ nps_member('answers.plan') }} as plan,
    {{ nps_member('answers.channel') }} as channel,
    {{ declared_members('answers', {
        'customer_value_tier': 'tiers.customer_value_tier',
        'journey_stage': 'governed_stages.journey_stage',
        'branch': 'branches.branch_id',
    }) }}
    answers.language,
    answers.comment,
    answers.is_test,
    answers.is_staff,
    answers.version_count,
    answers.loaded_at,
    answers.load_id
from {{ ref('int_survey_answers__as_of') }} as answers
inner join {{ ref('int_survey_answers__dispositioned') }} as dispositioned
    on answers.answer_key = dispositioned.answer_key
left join {{ ref('dim_branches') }} as branches on answers.branch_key = branches.branch_key
left join {{ ref('journey_stages') }} as governed_stages
    on
        dispositioned.definition_version = governed_stages.definition_version
        and governed_stages.journey_stage
        = coalesce(dispositioned.journey_stage, lower(trim(answers.lifecycle_stage)))
left join tiers
    on
        dispositioned.definition_version = tiers.definition_version
        and {{ nps_in_range('answers.trailing_revenue_amount', 'tiers') }}

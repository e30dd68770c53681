with answers as (
    select * from {{ ref('int_survey_answers__as_of') }}
),

dispositioned as (
    select * from {{ ref('int_survey_answers__dispositioned') }}
),

dispositions as (
    select * from {{ ref('answer_dispositions') }}
),

branches as (
    select * from {{ ref('dim_branches') }}
),

stages as (
    select * from {{ ref('journey_stages') }}
),

identified as (
    select * from {{ ref('int_survey_answers__identified') }}
),

-- until when an answer is its person's latest of the survey type, seen from the beginning of a day
followed as (
    select
        dispositioned.answer_key,
        lead(cast(identified.responded_at as date)) over (
            partition by identified.person_key, dispositioned.survey_type
            order by identified.responded_at, dispositioned.answer_key
        ) as next_response_date
    from dispositioned
    inner join dispositions on dispositioned.disposition = dispositions.disposition
    inner join identified on dispositioned.answer_key = identified.answer_key
    where dispositions.is_counted
),

tiers as (
    {{ nps_ranges(ref('customer_value_tiers'), 'customer_value_tier', 'minimum_amount') | indent(4) }}
),

final as (
    select
        answers.answer_key,
        answers.source,
        answers.response_id,
        answers.survey_id,
        answers.question_id,
        dispositioned.disposition,
        dispositions.is_counted,
        answers.score,
        case when dispositions.is_counted then cast(answers.score as integer) end as likelihood_score,
        case when dispositions.is_counted then dispositioned.nps_band end as nps_band,
        case when dispositions.is_counted then dispositioned.nps_weight end as nps_weight,
        case
            when dispositions.is_counted then {{ fingerprint(
                    "answers.answer_key || '|' || cast(cast(answers.score as integer) as string) || '|'"
                    ~ " || dispositioned.nps_band || '|' || dispositioned.definition_version"
                ) }}
        end as answer_fingerprint,
        dispositioned.survey_type,
        dispositioned.touchpoint,
        dispositioned.definition_version,
        answers.responded_at,
        cast(answers.responded_at as date) as response_date,
        case
            when dispositions.is_counted
                then cast({{ dbt.dateadd('day', 1, "least("
                    ~ "coalesce(followed.next_response_date, cast('9999-12-30' as date)), "
                    ~ dbt.dateadd('day', 365, 'cast(answers.responded_at as date)') ~ ')') }} as date)
        end as current_until,
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
        {{ nps_member('stages.journey_stage') }} as journey_stage,
        {{ nps_member('branches.branch_id') }} as branch,
        {{ nps_member('answers.region') }} as region,
        {{ nps_member('answers.plan') }} as plan,
        {{ nps_member('answers.channel') }} as channel,
        answers.language,
        answers.comment,
        answers.is_test,
        answers.is_staff,
        answers.version_count,
        answers.loaded_at,
        answers.load_id
    from answers
    inner join dispositioned on answers.answer_key = dispositioned.answer_key
    left join dispositions on dispositioned.disposition = dispositions.disposition
    left join followed on answers.answer_key = followed.answer_key
    left join branches on answers.branch_key = branches.branch_key
    left join stages
        on
            dispositioned.definition_version = stages.definition_version
            and stages.journey_stage
            = coalesce(dispositioned.journey_stage, lower(trim(answers.lifecycle_stage)))
    left join tiers
        on
            dispositioned.definition_version = tiers.definition_version
            and {{ nps_in_range('answers.trailing_revenue_amount', 'tiers') }}
)

select * from final

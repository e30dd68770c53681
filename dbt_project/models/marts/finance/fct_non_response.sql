-- The score beside what it would be if the silent had answered. They are people whom an invitation of the
-- year reached, and of whom no answer counts at its end.
{% set weighing = 'decimal(38, 12)' -%}
{% set cell = ['survey_type', 'period_start', 'period_end', 'definition_version'] -%}
{% set stratum = ['customer_value_tier', 'tenure', 'journey_stage'] -%}

with periods as (
    select
        period_start,
        period_end
    from {{ ref('dim_periods') }}
    where
        period_grain = 'trailing_365d'
        and (
            period_end = cast({{ as_of() }} as date)
            or extract(month from period_end) = 1 and extract(day from period_end) = 1
        )
),

heard as (
    select
        {{ qualified('answers', ['survey_type', 'definition_version', 'person_key', 'account_key']) }},
        {{ qualified('periods', ['period_start', 'period_end']) }},
        answers.customer_value_tier,
        answers.journey_stage,
        answers.responded_at as happened_at,
        answers.nps_weight
    from periods
    inner join {{ ref('fct_survey_responses') }} as answers
        on
            periods.period_end > answers.response_date
            and periods.period_end < answers.current_until
    where answers.is_counted
),

asked as (
    select
        {{ qualified('invitations', ['survey_type', 'definition_version', 'person_key', 'account_key']) }},
        {{ qualified('periods', ['period_start', 'period_end']) }},
        invitations.customer_value_tier,
        invitations.journey_stage,
        invitations.sent_at as happened_at,
        row_number() over (
            partition by periods.period_end, invitations.survey_type, invitations.person_key
            order by invitations.sent_at desc, invitations.invitation_key desc
        ) as place
    from periods
    inner join {{ ref('fct_survey_invitations') }} as invitations
        on
            periods.period_start <= invitations.sent_date
            and periods.period_end > invitations.sent_date
    where invitations.is_delivered and not invitations.is_answered and invitations.survey_type is not null
),

people as (
    select
        {{ cell | join(',\n        ') }},
        account_key,
        customer_value_tier,
        journey_stage,
        happened_at,
        nps_weight
    from heard
    union all
    select
        {{ qualified('asked', cell) }},
        asked.account_key,
        asked.customer_value_tier,
        asked.journey_stage,
        asked.happened_at,
        cast(null as integer) as nps_weight
    from asked
    left join heard
        on
            {{ same('asked', 'heard', ['period_end', 'survey_type', 'person_key']) }}
    where asked.place = 1 and heard.person_key is null
),

first_payments as (
    select
        account_key,
        min(recurring_from) as first_paid_at
    from {{ ref('int_revenue__recurring') }}
    where is_known_account
    group by account_key
),

described as (
    select
        {{ qualified('people', cell) }},
        people.customer_value_tier,
        case
            when first_payments.first_paid_at < people.happened_at
                then {{ tenure_of('first_payments.first_paid_at', 'people.happened_at') | indent(16) }}
            else 'Unassigned'
        end as tenure,
        people.journey_stage,
        people.nps_weight
    from people
    left join first_payments on people.account_key = first_payments.account_key
),

strata as (
    select
        {{ (cell + stratum) | join(',\n        ') }},
        count(nps_weight) as responses,
        count(*) - count(nps_weight) as silent, -- noqa: RF04
        cast(coalesce(sum(nps_weight), 0) as {{ double() }}) as said
    from described
    group by
        {{ (cell + stratum) | join(',\n        ') }}
),

-- strata that answered speak for their silent
spoken as (
    select
        *,
        case when responses > 0 then responses + silent else 0 end as people,
        case when responses > 0 then silent else 0 end as silent_alike,
        case when responses > 0 then said / responses * (responses + silent) else 0 end as said_alike
    from strata
)

select
    {{ cell | join(',\n    ') }},
    cast(sum(responses) as bigint) as responses,
    cast(sum(silent) as bigint) as silent, -- noqa: RF04
    sum(said) / sum(responses) as nps,
    cast(sum(cast(said_alike as {{ weighing }})) as {{ double() }}) / sum(people) as nps_if_alike,
    (sum(said) + 100 * cast(sum(silent) as {{ double() }}))
    / (sum(responses) + sum(silent)) as nps_if_promoters,
    (sum(said) - 100 * cast(sum(silent) as {{ double() }}))
    / (sum(responses) + sum(silent)) as nps_if_detractors,
    case when sum(silent) > 0 then cast(sum(silent_alike) as {{ double() }}) / sum(silent) end as alike_share
from spoken
group by
    {{ cell | join(',\n    ') }}
having sum(responses) > 0

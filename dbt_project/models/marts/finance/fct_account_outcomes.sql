-- Every day that is looked at lies a whole number of horizons before as-of, so that the end of a window is
-- the beginning of the next: no churn is counted twice, and every window but the last is over.
{% set looks_at_most = 500 -%}
{% set look_back = outcome_look_back() -%}

with numbers as (
    {{ dbt.generate_series(looks_at_most) | indent(4) }}
),

horizons as (
    {% for days in outcome_horizons() %}
        select {{ days }} as horizon_days
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

answers as (
    select
        survey_type,
        account_key,
        answer_key,
        responded_at,
        nps_band
    from {{ ref('fct_survey_responses') }}
    where is_counted and account_key is not null
),

invitations as (
    select
        survey_type,
        account_key,
        sent_at
    from {{ ref('fct_survey_invitations') }}
    where is_delivered and survey_type is not null and account_key is not null
),

asked as (
    select
        survey_type,
        responded_at as happened_at
    from answers
    union all
    select
        survey_type,
        sent_at as happened_at
    from invitations
),

begun as (
    select
        survey_type,
        cast(min(happened_at) as date) as first_date
    from asked
    group by survey_type
),

looks as (
    select
        begun.survey_type,
        begun.first_date,
        horizons.horizon_days,
        numbers.generated_number > 1 as is_complete,
        cast({{ dbt.dateadd('day', '-horizon_days * (generated_number - 1)', as_of()) }} as date)
            as index_date,
        cast({{ dbt.dateadd('day', '-horizon_days * (generated_number - 2)', as_of()) }} as date)
            as window_end
    from begun
    cross join horizons
    cross join numbers
),

looked_at as (
    select * from looks
    where index_date > first_date
),

days as (
    select distinct
        survey_type,
        index_date,
        cast(index_date as timestamp) as index_at,
        {{ dbt.dateadd('day', '-' ~ look_back, 'cast(index_date as timestamp)') }} as since
    from looked_at
),

dates as (
    select distinct
        index_date,
        index_at
    from days
),

-- what each account paid on each of the days, and since when it had paid anything
paying as (
    select
        dates.index_date,
        dates.index_at,
        recurring.account_key,
        min(recurring.recurring_from) as first_paid_at,
        sum(case when recurring.recurring_to >= dates.index_at then recurring.monthly_amount else 0 end)
            as mrr
    from dates
    inner join {{ ref('int_revenue__recurring') }} as recurring
        on dates.index_at > recurring.recurring_from
    where recurring.is_known_account
    group by dates.index_date, dates.index_at, recurring.account_key
),

answered as (
    select
        days.survey_type,
        days.index_date,
        answers.account_key,
        answers.nps_band,
        row_number() over (
            partition by days.survey_type, days.index_date, answers.account_key
            order by answers.responded_at desc, answers.answer_key desc
        ) as place
    from days
    inner join answers
        on
            days.survey_type = answers.survey_type
            and days.index_at > answers.responded_at
            and days.since <= answers.responded_at
),

invited as (
    select distinct
        days.survey_type,
        days.index_date,
        invitations.account_key
    from days
    inner join invitations
        on
            days.survey_type = invitations.survey_type
            and days.index_at > invitations.sent_at
            and days.since <= invitations.sent_at
),

tiers as (
    {{ nps_ranges(ref('customer_value_tiers'), 'customer_value_tier', 'minimum_amount') | indent(4) }}
),

-- as of the day: the tier of the month's beginning, and the attributes in force
described as (
    select
        paying.index_date,
        paying.account_key,
        paying.mrr,
        {{ nps_member('tiers.customer_value_tier') }} as customer_value_tier,
        {{ tenure_of('paying.first_paid_at', 'paying.index_at') }} as tenure,
        {{ nps_member('coalesce(branches.region, account_versions.region)') }} as region
    from paying
    left join {{ ref('int_nps_definitions__in_force') }} as definitions
        on {{ nps_in_force('paying.index_date', 'definitions') }}
    left join {{ ref('int_account_revenue__at_standings') }} as standings
        on
            paying.account_key = standings.account_key
            and cast({{ dbt.date_trunc('month', 'paying.index_date') }} as date) = standings.standing_date
    left join tiers
        on
            definitions.definition_version = tiers.definition_version
            and {{ nps_in_range('coalesce(standings.trailing_revenue_amount, 0)', 'tiers') }}
    left join {{ ref('dim_account_versions') }} as account_versions
        on
            paying.account_key = account_versions.account_key
            and paying.index_at >= account_versions.valid_from
            and paying.index_at < account_versions.valid_to
    left join {{ ref('dim_branches') }} as branches on account_versions.branch_key = branches.branch_key
    where paying.mrr > 0
)

select
    looked_at.survey_type,
    looked_at.horizon_days,
    looked_at.index_date,
    looked_at.window_end,
    looked_at.is_complete,
    described.account_key,
    case
        when answered.nps_band is not null then answered.nps_band
        when invited.account_key is not null then 'silent'
        else 'not_invited'
    end as band,
    described.customer_value_tier,
    described.tenure,
    described.region,
    cast(described.mrr as decimal(18, 6)) as mrr_before,
    cast(case when looked_at.is_complete then greatest(coalesce(afterwards.mrr, 0), 0) end as decimal(18, 6))
        as mrr_after,
    case when looked_at.is_complete then coalesce(afterwards.mrr, 0) <= 0 end as is_churned
from looked_at
inner join described on looked_at.index_date = described.index_date
left join paying as afterwards
    on looked_at.window_end = afterwards.index_date and described.account_key = afterwards.account_key
left join answered
    on
        looked_at.survey_type = answered.survey_type
        and looked_at.index_date = answered.index_date
        and described.account_key = answered.account_key
        and answered.place = 1
left join invited
    on
        looked_at.survey_type = invited.survey_type
        and looked_at.index_date = invited.index_date
        and described.account_key = invited.account_key

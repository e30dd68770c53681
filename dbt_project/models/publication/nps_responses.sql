-- Of each answer only what nps_scores shows of a whole year: so counts of rows are sums and differences of
-- figures that are shown (docs/decisions/0086-a-row-tells-no-more-than-a-score.md).
{% set version = ['survey_type', 'definition_version'] -%}

with answers as (
    select
        *,
        cast({{ dbt.date_trunc('year', 'response_date') }} as date) as response_year
    from {{ ref('fct_survey_responses') }}
    where is_counted
),

shown as (
    select * from {{ ref('nps_scores') }}
    where
        measure = 'in_period'
        and promoters is not null
),

companies as (
    select * from shown
    where segment = 'company'
),

told as (
    select
        answers.*,
        of_year.segment is not null as has_year,
        of_tier.segment is not null as has_tier,
        of_stage.segment is not null as has_stage
    from answers
    left join companies as of_year
        on
            {{ same('answers', 'of_year', version) }}
            and answers.response_year = of_year.period_start
            and of_year.period_grain = 'year'
    left join companies as of_all_time
        on
            {{ same('answers', 'of_all_time', version) }}
            and of_all_time.period_grain = 'all_time'
    left join shown as of_tier
        on
            {{ same('answers', 'of_tier', version + ['customer_value_tier']) }}
            and of_year.period_start = of_tier.period_start
            and of_tier.period_grain = 'year'
            and of_tier.segment = 'customer_value_tier'
    left join shown as of_stage
        on
            {{ same('of_tier', 'of_stage', version + ['customer_value_tier', 'period_start']) }}
            and answers.journey_stage = of_stage.journey_stage
            and of_stage.period_grain = 'year'
            and of_stage.segment = 'customer_value_tier*journey_stage'
    -- what is left of all years follows only from the score of all time
    where
        of_year.segment is not null
        or of_all_time.segment is not null
)

select
    survey_type,
    case when has_year then response_year end as response_year,
    likelihood_score,
    nps_band,
    nps_weight,
    case when has_tier then customer_value_tier else '(others)' end as customer_value_tier,
    case when has_stage then journey_stage else '(others)' end as journey_stage,
    definition_version
from told

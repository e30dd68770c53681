-- Of each answer only what nps_scores shows of a whole year: so whoever counts rows counts sums and differences of
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
        years.segment is not null as has_year,
        years.segment is not null and tiers.segment is not null as has_tier,
        years.segment is not null and tiers.segment is not null and stages.segment is not null as has_stage
    from answers
    left join companies as years
        on
            {{ same('answers', 'years', version) }}
            and answers.response_year = years.period_start
            and years.period_grain = 'year'
    left join companies as always
        on
            {{ same('answers', 'always', version) }}
            and always.period_grain = 'all_time'
    left join shown as tiers
        on
            {{ same('answers', 'tiers', version + ['customer_value_tier']) }}
            and answers.response_year = tiers.period_start
            and tiers.period_grain = 'year'
            and tiers.segment = 'customer_value_tier'
    left join shown as stages
        on
            {{ same('answers', 'stages', version + ['customer_value_tier', 'journey_stage']) }}
            and answers.response_year = stages.period_start
            and stages.period_grain = 'year'
            and stages.segment = 'customer_value_tier*journey_stage'
    -- what is left of all years follows only from the score of all time
    where
        years.segment is not null
        or always.segment is not null
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

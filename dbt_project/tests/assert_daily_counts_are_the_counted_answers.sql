-- Fails with each date whose counted answers, weights or fingerprints in the daily counts are not those of
-- the facts: a join multiplied them, or a condition lost some.
{{ config(meta={'dagster': {'ref': {'name': 'fct_nps_daily'}}}) }}
with facts as (
    select
        response_date,
        survey_type,
        count(*) as answers,
        sum(nps_weight) as weight,
        sum(answer_fingerprint) as fingerprint
    from {{ ref('fct_survey_responses') }}
    where is_counted
    group by response_date, survey_type
),

daily as (
    select
        response_date,
        survey_type,
        sum(responses) as answers,
        sum(100 * (promoters - detractors)) as weight,
        sum(answers_fingerprint) as fingerprint
    from {{ ref('fct_nps_daily') }}
    group by response_date, survey_type
),

final as (
    select
        coalesce(facts.response_date, daily.response_date) as response_date,
        coalesce(facts.survey_type, daily.survey_type) as survey_type,
        facts.answers as answers_in_facts,
        daily.answers as answers_in_daily_counts,
        facts.weight as weight_in_facts,
        daily.weight as weight_in_daily_counts,
        facts.fingerprint as fingerprint_in_facts,
        daily.fingerprint as fingerprint_in_daily_counts
    from facts
    full outer join daily
        on facts.response_date = daily.response_date and facts.survey_type = daily.survey_type
    where
        coalesce(facts.answers, 0) <> coalesce(daily.answers, 0)
        or coalesce(facts.weight, 0) <> coalesce(daily.weight, 0)
        or coalesce(facts.fingerprint, 0) <> coalesce(daily.fingerprint, 0)
)

select * from final

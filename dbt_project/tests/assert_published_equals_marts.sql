-- Fails with each survey type and definition whose counted answers differ between the facts, the published
-- answers and the published score of all time, or whose score is not the mean of the weights. Answers may be
-- left out where that score is hidden.
{{ config(meta={'dagster': {'ref': {'name': 'nps_scores'}}}) }}
with facts as (
    select
        survey_type,
        definition_version,
        count(*) as answers,
        sum(nps_weight) as weight
    from {{ ref('fct_survey_responses') }}
    where is_counted
    group by survey_type, definition_version
),

published_answers as (
    select
        survey_type,
        definition_version,
        count(*) as answers,
        sum(nps_weight) as weight
    from {{ ref('nps_responses') }}
    group by survey_type, definition_version
),

published_scores as (
    select
        survey_type,
        definition_version,
        responses as answers,
        promoters is not null as is_shown,
        nps
    from {{ ref('nps_scores') }}
    where segment = 'company' and period_grain = 'all_time'
),

final as (
    select
        facts.survey_type,
        facts.definition_version,
        facts.answers,
        published_answers.answers as published_answers,
        published_scores.answers as scored_answers,
        published_scores.nps,
        cast(facts.weight as {{ double() }}) / facts.answers as mean_weight
    from facts
    left join published_answers
        on
            facts.survey_type = published_answers.survey_type
            and facts.definition_version = published_answers.definition_version
    left join published_scores
        on
            facts.survey_type = published_scores.survey_type
            and facts.definition_version = published_scores.definition_version
    where
        (published_scores.is_shown and facts.answers <> coalesce(published_answers.answers, 0))
        or (published_scores.is_shown and facts.weight <> coalesce(published_answers.weight, 0))
        or facts.answers <> coalesce(published_scores.answers, 0)
        or abs(published_scores.nps - cast(facts.weight as {{ double() }}) / facts.answers) > 0.000001
)

select * from final

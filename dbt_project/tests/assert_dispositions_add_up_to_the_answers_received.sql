-- Fails with each source whose answers received are not, once each, in the facts and the published
-- dispositions.
{{ config(meta={'dagster': {'ref': {'name': 'response_dispositions'}}}) }}
with received as (
    select
        source,
        count(*) as answers
    from {{ ref('int_survey_answers__identified') }}
    group by source
),

facts as (
    select
        source,
        count(*) as answers,
        count(distinct answer_key) as distinct_answers
    from {{ ref('fct_survey_responses') }}
    group by source
),

shown as (
    select
        source,
        sum(answers) as answers
    from {{ ref('response_dispositions') }}
    where disposition <> 'quarantined'
    group by source
),

final as (
    select
        coalesce(received.source, facts.source) as vendor,
        received.answers as answers_received,
        facts.answers as answers_in_facts,
        facts.distinct_answers as distinct_answers_in_facts,
        shown.answers as answers_published
    from received
    full outer join facts on received.source = facts.source
    left join shown on facts.source = shown.source
    where
        coalesce(received.answers, 0) <> coalesce(facts.answers, 0)
        or coalesce(facts.answers, 0) <> coalesce(facts.distinct_answers, 0)
        or coalesce(facts.answers, 0) <> coalesce(shown.answers, 0)
)

select * from final

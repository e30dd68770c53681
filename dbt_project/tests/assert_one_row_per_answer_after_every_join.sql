-- No join on the way from raw to the facts may multiply an answer or lose it.
{{ config(meta={'dagster': {'ref': {'name': 'fct_survey_responses'}}}) }}
with received as (

    select answer_key
    from {{ ref('int_survey_answer_versions__unioned') }}
    group by answer_key

),

joined as (

    select
        answer_key,
        count(*) as joined_rows
    from {{ ref('fct_survey_responses') }}
    group by answer_key

),

final as (

    select
        coalesce(received.answer_key, joined.answer_key) as answer_key,
        received.answer_key is not null as is_received,
        coalesce(joined.joined_rows, 0) as joined_rows
    from received
    full outer join joined
        on received.answer_key = joined.answer_key
    where
        received.answer_key is null
        or joined.joined_rows is distinct from 1

)

select * from final

-- No join on the way from raw to the marts' input may multiply an answer or lose it.
with received as (

    select
        answer_key,
        count(*) as received_rows
    from {{ ref('int_survey_answers__current') }}
    group by answer_key

),

joined as (

    select
        answer_key,
        count(*) as joined_rows
    from {{ ref('int_survey_answers__as_of') }}
    group by answer_key

),

final as (

    select
        coalesce(received.answer_key, joined.answer_key) as answer_key,
        coalesce(received.received_rows, 0) as received_rows,
        coalesce(joined.joined_rows, 0) as joined_rows
    from received
    full outer join joined
        on received.answer_key = joined.answer_key
    where
        received.received_rows is distinct from 1
        or joined.joined_rows is distinct from 1

)

select * from final

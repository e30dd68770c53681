-- What the accounts paid whose answers of the year up to as-of mention a topic: the recognised revenue of the
-- 365 days before as-of, each account once a cell. Customers of that day only.
{% set account = ['survey_type', 'definition_version', 'account_key', 'topic'] -%}
{% set cell = topic_cell() -%}

with mentions as (
    select
        {{ qualified('answers', account | reject('equalto', 'topic') | list) }},
        {{ nps_dimension_columns('answers') }},
        answer_topics.topic
    from {{ ref('fct_survey_responses') }} as answers
    inner join {{ source('topics', 'answer_topics') }} as answer_topics
        on answers.answer_key = answer_topics.answer_key
    where
        answers.is_counted
        and answers.response_date >= cast({{ dbt.dateadd('day', -365, as_of()) }} as date)
        and answers.response_date < cast({{ as_of() }} as date)
),

accounts as (
    {% for segment, split_by in topic_segments().items() %}
        select distinct
            '{{ segment }}' as segment,
            {{ account | join(',\n            ') }},
            {{ nps_split_columns(split_by) | indent(4) }}
        from mentions
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    {{ qualified('accounts', cell) }},
    cast(count(*) as bigint) as mentioning_accounts,
    cast(sum(standings.trailing_revenue_amount) as decimal(18, 4)) as mentioning_revenue
from accounts
inner join {{ ref('fct_account_standings') }} as standings
    on
        accounts.account_key = standings.account_key
        and accounts.definition_version = standings.definition_version
        and standings.standing_date = cast({{ as_of() }} as date)
group by
    {{ qualified('accounts', cell) }}

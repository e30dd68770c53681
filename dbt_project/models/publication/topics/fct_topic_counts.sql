-- Who mentions a topic, who comments without it, and who says nothing that can be read, band by band: for
-- every cell, topic and window up to as-of, before any suppression.
{% set bands = topic_counts() -%}
{% set keys = ['survey_type', 'definition_version', 'window_name'] -%}
{% set cell = keys + ['segment'] + topic_dimensions() -%}

with windows as (
    {% for name, days in topic_windows().items() %}
        select
            '{{ name }}' as window_name,
            cast({{ dbt.dateadd('day', -days[0], as_of()) }} as date) as window_start,
            cast({{ dbt.dateadd('day', -days[1], as_of()) }} as date) as window_end
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

answers as (
    select
        windows.window_name,
        answers.answer_key,
        answers.survey_type,
        answers.definition_version,
        {{ nps_dimension_columns('answers') }},
        {% for counts in bands %}
            case when answers.nps_band = '{{ counts[:-1] }}' then 1 else 0 end as {{ counts }},
        {% endfor %}
        read_answers.answer_key is not null as is_read
    from {{ ref('fct_survey_responses') }} as answers
    inner join windows
        on answers.response_date >= windows.window_start and answers.response_date < windows.window_end
    left join {{ source('topics', 'read_answers') }} as read_answers
        on answers.answer_key = read_answers.answer_key
    where answers.is_counted
),

comments as (
    select * from answers
    where is_read
),

mentions as (
    select
        comments.*,
        answer_topics.topic
    from comments
    inner join {{ source('topics', 'answer_topics') }} as answer_topics
        on comments.answer_key = answer_topics.answer_key
),

answers_of_cells as (
    {{ nps_segmented('answers', topic_segments(), keys, bands) }}
),

comments_of_cells as (
    {{ nps_segmented('comments', topic_segments(), keys, bands) }}
),

mentions_of_cells as (
    {{ nps_segmented('mentions', topic_segments(), keys + ['topic'], bands) }}
)

select
    {{ qualified('answers_of_cells', cell) }},
    {% for counts in bands %}
        coalesce(mentions_of_cells.{{ counts }}, 0) as mentioning_{{ counts }},
        coalesce(comments_of_cells.{{ counts }}, 0) - coalesce(mentions_of_cells.{{ counts }}, 0)
            as other_{{ counts }},
        answers_of_cells.{{ counts }} - coalesce(comments_of_cells.{{ counts }}, 0) as silent_{{ counts }},
    {% endfor %}
    topics.topic
from answers_of_cells
cross join {{ source('topics', 'declared_topics') }} as topics
left join comments_of_cells on {{ same('answers_of_cells', 'comments_of_cells', cell) }}
left join mentions_of_cells
    on {{ same('answers_of_cells', 'mentions_of_cells', cell) }} and topics.topic = mentions_of_cells.topic

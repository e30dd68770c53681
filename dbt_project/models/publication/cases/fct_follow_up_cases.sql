-- Every version of every case. Those that the log has from earlier refreshes stay as they were; what says
-- something else now, or is new, is one version more. The log keeps it once the guard has let it pass.
{% set content = case_content() | list -%}

with erased as (
    select {{ dbt.hash('answer_key') }} as case_key from {{ ref('fct_survey_responses') }}
    where disposition = 'erased'
),

-- what is known of an answer that somebody had erased is forgotten with it
logged as (
    select versions.* from {{ source('follow_up', 'case_versions') }} as versions
    left join erased on versions.case_key = erased.case_key
    where erased.case_key is null
),

numbered as (
    select
        *,
        row_number() over (partition by case_key order by version_number desc) as recency
    from logged
),

events as (
    select
        *,
        row_number() over (partition by case_key order by state_at desc, state desc) as recency
    from {{ source('follow_up', 'case_events') }}
),

standing as (
    select
        answers.*,
        coalesce(events.state, 'open') as state,
        events.state_at
    from {{ ref('fct_follow_up_answers') }} as answers
    left join events on answers.case_key = events.case_key and events.recency = 1
    where answers.outcome = 'case'
),

-- an answer that counts no longer, or is no longer there, leaves an invalid case
told as (
    select
        case_key,
        {{ content | join(', ') }}
    from standing
    union all
    select
        numbered.case_key,
        {% for column in content %}
            {% if column == 'state' %}
                'invalid' as state,
            {% elif column == 'state_at' %}
                cast(null as timestamp) as state_at
            {% else %}
                numbered.{{ column }},
            {% endif %}
        {% endfor %}
    from numbered
    left join standing on numbered.case_key = standing.case_key
    where numbered.recency = 1 and standing.case_key is null
),

hashed as (
    select
        *,
        {{ case_hash() }} as content_hash
    from told
),

versions as (
    select
        case_key,
        version_number,
        version_as_of,
        {{ content | join(', ') }},
        content_hash
    from logged
    union all
    select
        hashed.case_key,
        coalesce(numbered.version_number, 0) + 1 as version_number,
        cast({{ as_of() }} as date) as version_as_of,
        {{ qualified('hashed', content) }},
        hashed.content_hash
    from hashed
    left join numbered on hashed.case_key = numbered.case_key and numbered.recency = 1
    where numbered.content_hash is null or numbered.content_hash <> hashed.content_hash
)

select
    *,
    version_number = max(version_number) over (partition by case_key) as is_current
from versions

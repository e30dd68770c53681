with versions as (
    {{ union_vendors('questions') }}
),

keyed as (
    select
        source,
        {{ identity_key('survey_id') }} as survey_key,
        {{ identity_key('question_id') }} as question_key,
        load_id,
        load_position,
        version_at,
        scale_min,
        scale_max,
        scale_points
    from versions
),

-- of several versions in a load the last one holds
in_load as (
    {{ current_versions('keyed', ['source', 'survey_key', 'question_key', 'load_id']) }}
)

select
    source,
    survey_key,
    question_key,
    -- the first definition reaches back
    case
        when lag(load_id) over (partition by source, survey_key, question_key order by load_id) is null
            then ''
        else load_id
    end as loaded_from,
    lead(load_id) over (partition by source, survey_key, question_key order by load_id) as loaded_until,
    scale_min,
    scale_max,
    scale_points
from in_load

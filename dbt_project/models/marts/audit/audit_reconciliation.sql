-- each record received, once, in the load that brought it; of files also in the file
with received as (
    select
        source,
        load_id,
        '(none)' as file_name,
        disposition,
        1 as answers
    from {{ ref('fct_survey_responses') }}
    where source <> 'files'
    union all
    select
        source,
        load_id,
        '(none)' as file_name,
        'older_version' as disposition,
        1 as answers
    from {{ ref('int_survey_answer_versions__numbered') }}
    where version_number > 1 and source <> 'files'
    union all
    select
        source,
        load_id,
        '(none)' as file_name,
        'quarantined' as disposition,
        1 as answers
    from {{ ref('stg_sources__quarantined_records') }}
    where table_name in ('responses', 'surveys_responses') and source <> 'files'
    union all
    select
        'files' as source, -- noqa: RF04
        delivered.load_id,
        delivered.file_name,
        coalesce(delivered.disposition, answers.disposition) as disposition,
        delivered.answers
    from {{ ref('int_files_answers__delivered') }} as delivered
    left join {{ ref('fct_survey_responses') }} as answers
        on case when delivered.disposition is null then delivered.answer_key end = answers.answer_key
)

select
    source,
    load_id,
    file_name,
    disposition,
    cast(sum(answers) as bigint) as answers
from received
group by
    source,
    load_id,
    file_name,
    disposition

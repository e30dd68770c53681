with answers as (
    select * from {{ ref('fct_survey_responses') }}
),

versions as (
    select * from {{ ref('int_survey_answer_versions__numbered') }}
),

quarantined_records as (
    select * from {{ ref('int_quarantined_records__unioned') }}
),

delivered as (
    select * from {{ ref('int_files_answers__delivered') }}
),

-- each record received, once, in the load that brought it; of files also in the file
received as (
    select
        source,
        load_id,
        '(none)' as file_name,
        disposition,
        1 as answers
    from answers
    where source <> 'files'
    union all
    select
        source,
        load_id,
        '(none)' as file_name,
        'older_version' as disposition,
        1 as answers
    from versions
    where version_number > 1 and source <> 'files'
    union all
    select
        source,
        load_id,
        '(none)' as file_name,
        'quarantined' as disposition,
        1 as answers
    from quarantined_records
    where table_name in ('responses', 'surveys_responses') and source <> 'files'
    union all
    select
        'files' as source, -- noqa: RF04
        delivered.load_id,
        delivered.file_name,
        coalesce(delivered.disposition, answers.disposition) as disposition,
        delivered.answers
    from delivered
    left join answers on delivered.disposition is null and delivered.answer_key = answers.answer_key
),

final as (
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
)

select * from final

-- What the files delivered of answers, and what of it needs no disposition of its own.
{{ config(materialized='view') }}

with numbered as (
    select * from {{ ref('int_survey_answer_versions__numbered') }}
    where source = 'files'
),

intake as (
    select * from {{ ref('stg_files__intake') }}
    where table_name = 'surveys_responses'
),

quarantined_records as (
    select * from {{ ref('stg_sources__quarantined_records') }}
    where source = 'files' and table_name = 'surveys_responses'
),

delivered as (
    select
        versions.load_id,
        versions.file_name,
        'files:' || versions.record_id as answer_key,
        case when numbered.version_number > 1 then 'older_version' end as disposition,
        1 as answers
    from {{ ref('stg_files__responses') }} as versions
    left join numbered
        on versions.record_id = numbered.record_id and versions.version_id = numbered.version_id
    union all
    select
        load_id,
        file_name,
        cast(null as string) as answer_key,
        'already_known' as disposition,
        known as answers
    from intake
    where known > 0
    union all
    select
        load_id,
        file_name,
        cast(null as string) as answer_key,
        'repeated' as disposition,
        repeated as answers
    from intake
    where repeated > 0
    union all
    select
        load_id,
        file_name,
        cast(null as string) as answer_key,
        'withdrawn' as disposition,
        1 as answers
    from {{ ref('stg_files__withdrawn_answers') }}
    union all
    select
        load_id,
        origin as file_name,
        cast(null as string) as answer_key,
        'quarantined' as disposition,
        1 as answers
    from quarantined_records
)

select
    load_id,
    file_name,
    answer_key,
    disposition,
    cast(answers as bigint) as answers
from delivered

with answers as (
    select * from {{ ref('fct_survey_responses') }}
),

versions as (
    select * from {{ ref('int_survey_answer_versions__numbered') }}
),

quarantined_records as (
    select * from {{ ref('int_quarantined_records__unioned') }}
),

-- each record received, once, in the load that brought it
received as (
    select
        source,
        load_id,
        disposition
    from answers
    union all
    select
        source,
        load_id,
        'older_version' as disposition
    from versions
    where version_number > 1
    union all
    select
        source,
        load_id,
        'quarantined' as disposition
    from quarantined_records
    where table_name in ('responses', 'surveys_responses')
),

final as (
    select
        source,
        load_id,
        disposition,
        cast(count(*) as bigint) as answers
    from received
    group by
        source,
        load_id,
        disposition
)

select * from final

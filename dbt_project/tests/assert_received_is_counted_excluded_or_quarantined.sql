-- Fails with each load of a source, and each file of it, whose records of answers are not all accounted for.
-- What a file held is what its reader counted; of what else came, as much as raw keeps.
{{ config(meta={'dagster': {'ref': {'name': 'audit_reconciliation'}}}) }}
with versions as (
    {{ union_vendors('responses', columns=provenance_columns()) | indent(4) }}
),

quarantined_records as (
    select * from {{ ref('stg_sources__quarantined_records') }}
),

intake as (
    select * from {{ ref('stg_files__intake') }}
    where table_name = 'surveys_responses'
),

-- a load of files that nobody counted, as older versions of the loader did not
uncounted as (
    select
        load_id,
        file_name
    from {{ ref('stg_files__responses') }}
    union all
    select
        load_id,
        origin as file_name
    from quarantined_records
    where source = 'files' and table_name = 'surveys_responses'
    union all
    select
        load_id,
        file_name
    from {{ ref('stg_files__withdrawn_answers') }}
),

brought as (
    select
        source,
        load_id,
        '(none)' as file_name,
        1 as answers
    from versions
    where source <> 'files'
    union all
    select
        source,
        load_id,
        '(none)' as file_name,
        1 as answers
    from quarantined_records
    where table_name in ('responses', 'surveys_responses') and source <> 'files'
    union all
    select
        'files' as source, -- noqa: RF04
        load_id,
        file_name,
        received as answers
    from intake
    union all
    select
        'files' as source, -- noqa: RF04
        uncounted.load_id,
        uncounted.file_name,
        1 as answers
    from uncounted
    left join intake
        on uncounted.load_id = intake.load_id and uncounted.file_name = intake.file_name
    where intake.load_id is null
),

received as (
    select
        source,
        load_id,
        file_name,
        sum(answers) as answers
    from brought
    group by source, load_id, file_name
),

accounted as (
    select
        source,
        load_id,
        file_name,
        sum(answers) as answers
    from {{ ref('audit_reconciliation') }}
    group by source, load_id, file_name
),

final as (
    select
        coalesce(received.source, accounted.source) as vendor,
        coalesce(received.load_id, accounted.load_id) as load_id,
        coalesce(received.file_name, accounted.file_name) as file_name,
        received.answers as answers_received,
        accounted.answers as answers_accounted_for
    from received
    full outer join accounted
        on
            received.source = accounted.source
            and received.load_id = accounted.load_id
            and received.file_name = accounted.file_name
    where coalesce(received.answers, 0) <> coalesce(accounted.answers, 0)
)

select * from final

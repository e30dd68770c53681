-- Fails with each load of a source whose records of answers, read and quarantined, are not all accounted for.
{{ config(meta={'dagster': {'ref': {'name': 'audit_reconciliation'}}}) }}
with versions as (
    {{ union_vendors('responses', columns=provenance_columns()) | indent(4) }}
),

quarantined_records as (
    {{ union_vendors('quarantined_records', columns=entity_columns('quarantined_records')) | indent(4) }}
),

brought as (
    select
        source,
        load_id
    from versions
    union all
    select
        source,
        load_id
    from quarantined_records
    where table_name in ('responses', 'surveys_responses')
),

received as (
    select
        source,
        load_id,
        count(*) as answers
    from brought
    group by source, load_id
),

accounted as (
    select
        source,
        load_id,
        sum(answers) as answers
    from {{ ref('audit_reconciliation') }}
    group by source, load_id
),

final as (
    select
        coalesce(received.source, accounted.source) as vendor,
        coalesce(received.load_id, accounted.load_id) as load_id,
        received.answers as answers_received,
        accounted.answers as answers_accounted_for
    from received
    full outer join accounted
        on received.source = accounted.source and received.load_id = accounted.load_id
    where coalesce(received.answers, 0) <> coalesce(accounted.answers, 0)
)

select * from final

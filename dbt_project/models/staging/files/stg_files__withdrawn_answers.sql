-- Answers and quarantine rows that a corrected file took back, under the load and file that had brought them.
with versions as (
    select
        records._dlt_load_id as load_id,
        records.file_name
    from {{ source('raw_files', 'surveys_responses') }} as records
    inner join {{ completed_loads('raw_files') }} as loads
        on records._dlt_load_id = loads.load_id
    where {{ is_withdrawn('surveys_responses') | indent(4) }}
),

quarantined as (
    select
        records._dlt_load_id as load_id,
        records.origin as file_name
    from {{ source('raw_files', 'quarantine') }} as records
    inner join {{ completed_loads('raw_files') }} as loads
        on records._dlt_load_id = loads.load_id
    where
        records.table_name = 'surveys_responses'
        and {{ is_withdrawn('quarantine') | indent(8) }}
)

select
    load_id,
    file_name
from versions
union all
select
    load_id,
    file_name
from quarantined

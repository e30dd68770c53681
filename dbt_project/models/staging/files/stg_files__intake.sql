with source as (
    select
        intake.*,
        loads.loaded_at
    from {{ source('raw_files', 'intake') }} as intake
    inner join {{ completed_loads('raw_files') }} as loads
        on intake._dlt_load_id = loads.load_id
)

select
    table_name,
    file_name,
    received,
    landed,
    known,
    repeated,
    quarantined,
    left_out,
    withdrawn,
    _dlt_load_id as load_id,
    cast(loaded_at as timestamp) as loaded_at
from source

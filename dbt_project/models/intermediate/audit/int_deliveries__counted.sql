{{ config(materialized='view') }}

with quarantined_records as (
    select * from {{ ref('stg_sources__quarantined_records') }}
),

records as (
    {% for vendor, tables in vendor_tables().items() if vendor_is_on(vendor) %}
        {% for table in tables %}
            select
                '{{ vendor }}' as source, -- noqa: RF04
                '{{ table }}' as table_name,
                load_id,
                min(loaded_at) as loaded_at,
                count(*) as landed,
                0 as quarantined
            from {{ ref('stg_' ~ vendor ~ '__' ~ table) }}
            group by load_id
            union all
        {% endfor %}
    {% endfor %}
    select
        source,
        table_name,
        load_id,
        min(loaded_at) as loaded_at,
        0 as landed,
        count(*) as quarantined
    from quarantined_records
    where source <> 'files'
    group by
        source,
        table_name,
        load_id
),

-- The last reading of a file is what is known of it: those before were corrected. A row that an earlier one
-- had set aside as it is counts as known in the last, and is still in quarantine.
set_aside as (
    select
        table_name,
        origin,
        count(*) as quarantined
    from quarantined_records
    where source = 'files'
    group by
        table_name,
        origin
),

readings as (
    select
        *,
        row_number() over (partition by table_name, file_name order by load_id desc) as reading_number
    from {{ ref('stg_files__intake') }}
)

select
    source,
    table_name,
    cast(null as string) as file_name,
    load_id,
    min(loaded_at) as loaded_at,
    cast(sum(landed + quarantined) as bigint) as received,
    cast(sum(landed) as bigint) as landed,
    cast(sum(quarantined) as bigint) as quarantined,
    true as is_current
from records
group by
    source,
    table_name,
    load_id
union all
select
    'files' as source, -- noqa: RF04
    readings.table_name,
    readings.file_name,
    readings.load_id,
    readings.loaded_at,
    readings.received,
    readings.landed,
    cast(
        case
            when readings.reading_number = 1 then coalesce(set_aside.quarantined, 0)
            else readings.quarantined
        end as bigint
    ) as quarantined,
    readings.reading_number = 1 as is_current
from readings
left join set_aside
    on
        readings.table_name = set_aside.table_name
        and readings.file_name = set_aside.origin

-- those of the version in force on the last day that is looked at
with limits as (
    select publication_limits.*
    from {{ ref('publication_limits') }} as publication_limits
    inner join {{ ref('int_nps_definitions__in_force') }} as definitions
        on
            publication_limits.definition_version = definitions.definition_version
            and {{ nps_in_force(dbt.dateadd('day', -1, as_of()), 'definitions') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__counted') }}
),

quarantined_records as (
    select
        source,
        table_name,
        origin,
        load_id,
        origin || ', row ' || cast(load_position as string) || ': ' || detail as example,
        row_number() over (
            partition by source, table_name, origin order by load_id desc, load_position asc
        ) as number_in_origin,
        row_number() over (
            partition by source, table_name order by load_id desc, load_position asc, origin asc
        ) as number_in_table
    from {{ ref('stg_sources__quarantined_records') }}
),

reconciled as (
    select
        source,
        sum(answers) as received,
        sum(case when disposition = 'counted' then answers else 0 end) as counted
    from {{ ref('audit_reconciliation') }}
    where disposition not in ('older_version', 'already_known', 'repeated', 'withdrawn')
    group by source
),

readings as (
    select
        deliveries.table_name || '/' || deliveries.file_name as subject,
        deliveries.received,
        deliveries.quarantined,
        quarantined_records.example
    from deliveries
    left join quarantined_records
        on
            deliveries.source = quarantined_records.source
            and deliveries.table_name = quarantined_records.table_name
            and deliveries.file_name = quarantined_records.origin
            and quarantined_records.number_in_origin = 1
    where
        deliveries.file_name is not null
        and deliveries.is_current
        and deliveries.received > 0
),

totals as (
    select
        source,
        table_name,
        sum(received) as received,
        sum(quarantined) as quarantined
    from deliveries
    where is_current
    group by
        source,
        table_name
),

-- an API that sends nothing but what cannot be read would not show in the total of years
numbered_loads as (
    select
        *,
        row_number() over (partition by source, table_name order by load_id desc) as load_number
    from deliveries
    where
        file_name is null
        and received > 0
),

of_tables as (
    select
        'source' as applies_to,
        source || '/' || table_name as subject,
        source,
        table_name,
        received,
        quarantined
    from totals
    where received > 0
    union all
    select
        'load' as applies_to,
        source || '/' || table_name || '/last load' as subject,
        source,
        table_name,
        received,
        quarantined
    from numbered_loads
    where load_number = 1
),

last_brought as (
    select
        source,
        cast(max(loaded_at) as date) as last_day,
        cast({{ as_of() }} as date) as as_of_day
    from deliveries
    where landed > 0
    group by source
),

measured as (
    select
        'quarantine' as limit_name,
        'file' as applies_to,
        subject,
        100 * cast(quarantined as {{ double() }}) / received as observed,
        quarantined as affected,
        case when quarantined > 0 then example end as example
    from readings
    union all
    select
        'quarantine' as limit_name,
        of_tables.applies_to,
        of_tables.subject,
        100 * cast(of_tables.quarantined as {{ double() }}) / of_tables.received as observed,
        of_tables.quarantined as affected,
        case when of_tables.quarantined > 0 then quarantined_records.example end as example
    from of_tables
    left join quarantined_records
        on
            of_tables.source = quarantined_records.source
            and of_tables.table_name = quarantined_records.table_name
            and quarantined_records.number_in_table = 1
    union all
    select
        'unknown_ids' as limit_name,
        'kind' as applies_to,
        source || '/' || records || '/' || kind as subject,
        100 * cast(unknown_count as {{ double() }}) / total as observed,
        unknown_count as affected,
        example
    from {{ ref('audit_unmatched') }}
    where known_records > 0
    union all
    select
        'nothing_counted' as limit_name,
        'source' as applies_to,
        source as subject,
        case when counted = 0 then 1 else 0 end as observed,
        received as affected,
        cast(null as string) as example
    from reconciled
    union all
    select
        'nothing_counted' as limit_name,
        'company' as applies_to,
        'company' as subject,
        case when coalesce(sum(counted), 0) = 0 then 1 else 0 end as observed,
        coalesce(sum(received), 0) as affected,
        cast(null as string) as example
    from reconciled
    union all
    select
        'stale_source' as limit_name,
        case when source = 'files' then 'files' else 'api' end as applies_to,
        source as subject,
        {{ dbt.datediff('last_day', 'as_of_day', 'day') }} - 1 as observed, -- noqa: LT05
        1 as affected,
        'last brought something on ' || cast(last_day as string) as example
    from last_brought
)

select
    measured.limit_name,
    measured.applies_to,
    measured.subject,
    cast(measured.observed as {{ double() }}) as observed,
    cast(limits.maximum as {{ double() }}) as maximum,
    limits.unit,
    cast(measured.affected as bigint) as affected,
    limits.minimum_count,
    measured.observed > limits.maximum and measured.affected >= limits.minimum_count as is_exceeded,
    measured.example,
    limits.remedy
from measured
inner join limits
    on
        measured.limit_name = limits.limit_name
        and measured.applies_to = limits.applies_to

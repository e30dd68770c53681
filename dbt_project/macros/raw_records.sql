{#- What belongs here: how raw rows are read. Raw keeps every version of every record together with rows of
    loads that never completed and what a corrected file withdrew; these macros are the only places that know. -#}

{% macro loaded_records(source_name, table_name) -%}
    select
        records.*,
        loads.loaded_at
    from {{ source(source_name, table_name) }} as records
    inner join {{ completed_loads(source_name) | indent(4) }} as loads
        on records._dlt_load_id = loads.load_id
    {%- if source_name == 'raw_files' %}
    where not {{ is_withdrawn(table_name) | indent(4) }}
    {%- endif %}
{%- endmacro %}

{% macro completed_loads(source_name) -%}
    (
        select
            load_id,
            min(inserted_at) as loaded_at
        from {{ source(source_name, '_dlt_loads') }}
        where status = 0
        group by load_id
    )
{%- endmacro %}

{% macro is_withdrawn(table_name) -%}
    exists (
        select 1
        from {{ source('raw_files', 'withdrawals') }} as withdrawals
        inner join {{ source('raw_files', '_dlt_loads') }} as withdrawing
            on withdrawals._dlt_load_id = withdrawing.load_id and withdrawing.status = 0
        where
            {% if table_name == 'quarantine' -%}
            withdrawals.table_name = records.table_name
            and withdrawals.original_hash = records.original_hash
            and withdrawals.origin = records.origin
            {%- else -%}
            withdrawals.table_name = '{{ table_name }}'
            and withdrawals.record_id = records.record_id
            and withdrawals.version_id = records.version_id
            {%- endif %}
    )
{%- endmacro %}

{% macro provenance() -%}
    record_id,
        version_id,
        cast(version_at as timestamp) as version_at,
        _dlt_load_id as load_id,
        cast(loaded_at as timestamp) as loaded_at,
        position as load_position
{%- endmacro %}

{% macro latest_first() -%}
    version_at desc nulls last, load_id desc, load_position desc
{%- endmacro %}

{% macro numbered_versions(relation, keys) -%}
    select
        *,
        row_number() over (partition by {{ keys | join(', ') }} order by {{ latest_first() }}) as version_number,
        count(*) over (partition by {{ keys | join(', ') }}) as version_count
    from {{ relation }}
{%- endmacro %}

{% macro current_versions(relation, keys, condition='true') -%}
    select *
    from (
        {{ numbered_versions(relation, keys) | indent(4) }}
        where {{ condition }}
    ) as numbered
    where version_number = 1
{%- endmacro %}

{% macro repeated_versions(relation, key) -%}
    select
        versions.{{ key }},
        versions.source,
        versions.record_id,
        versions.version_id,
        versions.load_id,
        row_number() over (partition by versions.{{ key }} order by {{ latest_first() }}) as version_number,
        repeated.version_count
    from {{ relation }} as versions
    inner join (
        select
            {{ key }},
            count(*) as version_count
        from {{ relation }}
        group by {{ key }}
        having count(*) > 1
    ) as repeated
        on versions.{{ key }} = repeated.{{ key }}
{%- endmacro %}

-- The quarantine has the same shape whoever sends, so no source needs a model of its own.
with quarantined as (
    {%- for source_name in vendor_entities() if vendor_is_on(source_name) %}
        select
            '{{ source_name }}' as source, -- noqa: RF04
            records.*
        from (
            {{ loaded_records('raw_' ~ source_name, 'quarantine') | indent(12) }}
        ) as records
        {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    source,
    table_name,
    record_id,
    reason,
    detail,
    origin,
    original_hash,
    _dlt_load_id as load_id,
    cast(loaded_at as timestamp) as loaded_at,
    position as load_position
from quarantined

{{ config(enabled=vendor_is_on('hubspot')) }}

with source as (
    {{ loaded_records('raw_hubspot', 'account_history') }}
)

select
    {{ provenance() }},
    account_id,
    {% if when_declared('account', 'hubspot') -%}
        coalesce(attribute_name, case lower(field) {{ when_declared('account', 'hubspot') }} end) as attribute_name,
    {%- else -%}
        attribute_name,
    {%- endif %}
    old_value,
    new_value,
    cast(changed_at as timestamp) as changed_at
from source

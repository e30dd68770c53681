{% macro tracked_attributes() %}
    {% do return(['branch_id', 'region', 'owner_id', 'plan', 'lifecycle_stage', 'status']
        + delivered_dimensions('account')) %}
{% endmacro %}

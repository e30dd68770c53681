{#- The attributes of an account whose past matters: answers carry those in force when they were given. -#}
{% macro tracked_attributes() %}
    {% do return(['branch_id', 'region', 'owner_id', 'plan', 'lifecycle_stage', 'status']) %}
{% endmacro %}

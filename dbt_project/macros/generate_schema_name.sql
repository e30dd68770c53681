{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ 'restated_' if restated_definition() }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

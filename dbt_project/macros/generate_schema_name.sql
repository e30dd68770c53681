{#- A model's schema is the room it is in (staging, intermediate, marts, definition, publication):
    readers and expectations name it, so a developer's own prefix would break them. A restatement is built
    beside these rooms, never in them. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ 'restated_' if restated_definition() }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

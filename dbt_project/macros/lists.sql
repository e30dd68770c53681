{#- What belongs here: lists that a loader wrote into one text. -#}

{% macro split_to_rows(relation, keys, column, separator=' ') -%}
    {{ adapter.dispatch('split_to_rows')(relation, keys, column, separator) }}
{%- endmacro %}

{% macro default__split_to_rows(relation, keys, column, separator) -%}
    select
        {{ qualified(relation, keys) }},
        parts.part,
        parts.place
    from {{ relation }}
    cross join unnest(string_to_array({{ relation }}.{{ column }}, '{{ separator }}')) with ordinality as parts(part, place)
{%- endmacro %}

{% macro spark__split_to_rows(relation, keys, column, separator) -%}
    select
        {{ qualified(relation, keys) }},
        part,
        position + 1 as place
    from {{ relation }}
    lateral view posexplode(split({{ relation }}.{{ column }}, '{{ separator }}')) parts as position, part
{%- endmacro %}

{% macro snowflake__split_to_rows(relation, keys, column, separator) -%}
    select
        {{ qualified(relation, keys) }},
        parts.value as part,
        parts.index as place
    from {{ relation }}, lateral split_to_table({{ relation }}.{{ column }}, '{{ separator }}') as parts
{%- endmacro %}

{% macro bigquery__split_to_rows(relation, keys, column, separator) -%}
    select
        {{ qualified(relation, keys) }},
        part,
        earlier_parts + 1 as place
    from {{ relation }}
    cross join unnest(split({{ relation }}.{{ column }}, '{{ separator }}')) as part with offset as earlier_parts
{%- endmacro %}

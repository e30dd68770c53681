{#- What belongs here: what topics are counted by, and the tables that the reading of comments leaves beside the marts
    (docs/decisions/0088-topics-as-figures.md). -#}

{% macro topic_dimensions() %}
    {% do return(['customer_value_tier', 'journey_stage', 'branch']) %}
{% endmacro %}

{% macro topic_segments() %}
    {% set segments = {'company': []} %}
    {% for dimension in topic_dimensions() %}
        {% do segments.update({dimension: [dimension]}) %}
    {% endfor %}
    {% do return(segments) %}
{% endmacro %}

{% macro topic_cell() %}
    {% do return(['survey_type', 'segment'] + topic_dimensions() + ['definition_version', 'topic']) %}
{% endmacro %}

{#- Window -> how many days before as-of it begins and ends. What the year has besides the quarter follows from both. -#}
{% macro topic_windows() %}
    {% do return({
        'trailing_365d': [365, 0],
        'trailing_90d': [90, 0],
        'rest_of_365d': [365, 90],
        'before_trailing_365d': [730, 365],
        'before_trailing_90d': [180, 90],
    }) %}
{% endmacro %}

{#- Who mentions the topic, who comments without it, and who says nothing that can be read: together the cell. -#}
{% macro topic_parts() %}
    {% do return(['mentioning', 'other', 'silent']) %}
{% endmacro %}

{% macro topic_counts() %}
    {% do return({'promoters': 'bigint', 'passives': 'bigint', 'detractors': 'bigint'}) %}
{% endmacro %}

{% macro topic_responses(part) -%}
    ({{ part }}_promoters + {{ part }}_passives + {{ part }}_detractors)
{%- endmacro %}

{#- What reads comments writes these after the marts. Where nothing has, they are empty. -#}
{% macro create_table_of_topics(table) -%}
    {%- set tables = {
        'read_answers': ['answer_key', 'language'],
        'answer_topics': ['answer_key', 'topic'],
        'declared_topics': [
            'topic', 'topic_label', 'labelled_comments', 'agreed', 'only_taxonomy', 'only_person'
        ],
    } -%}
    {%- set texts = ['answer_key', 'language', 'topic', 'topic_label'] -%}
    create table if not exists topics.{{ table }} (
    {%- for column in tables[table] -%}
        {{ column }} {{ dbt.type_string() if column in texts else 'bigint' }}{{ ', ' if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}

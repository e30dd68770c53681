{#- What belongs here: what an engine needs to know about a new table before others are built from it. -#}

{% macro planner_statistics() -%}
    {% if model.config.materialized != 'view' %}{{ adapter.dispatch('planner_statistics')(this) }}{% endif %}
{%- endmacro %}

{% macro default__planner_statistics(relation) -%}
{%- endmacro %}

{#- PostgreSQL guesses the size of a table it has not counted, and each join multiplies the guess: it took
    fct_account_outcomes for forty-five billion rows, and split 150,000 over 16,384 files. -#}
{% macro postgres__planner_statistics(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

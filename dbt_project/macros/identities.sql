{#- What belongs here: how identifiers compare and how merged records find their survivor. -#}

{% macro white_space() -%}
    {{ adapter.dispatch('white_space')() }}
{%- endmacro %}

{% macro default__white_space() -%}
    e' \t\n\r{{ '\u00a0\u3000' }}'
{%- endmacro %}

{#- Every text of these engines reads a backslash as the default's e'…' does. -#}
{% macro spark__white_space() -%}
    ' \t\n\r{{ '\u00a0\u3000' }}'
{%- endmacro %}

{% macro snowflake__white_space() -%}
    {{ spark__white_space() }}
{%- endmacro %}

{% macro bigquery__white_space() -%}
    {{ spark__white_space() }}
{%- endmacro %}

{% macro trimmed(expression) -%}
    case
        when {{ dbt.position('left(' ~ expression ~ ', 1)', white_space()) }} > 0
            or {{ dbt.position('right(' ~ expression ~ ', 1)', white_space()) }} > 0
            then {{ without_at_its_ends(expression, white_space()) }}
        else {{ expression }}
    end
{%- endmacro %}

{% macro without_at_its_ends(expression, characters) -%}
    {{ adapter.dispatch('without_at_its_ends')(expression, characters) }}
{%- endmacro %}

{% macro default__without_at_its_ends(expression, characters) -%}
    trim({{ expression }}, {{ characters }})
{%- endmacro %}

{% macro spark__without_at_its_ends(expression, characters) -%}
    btrim({{ expression }}, {{ characters }})
{%- endmacro %}

{% macro identity_key(expression) -%}
    nullif(lower({{ trimmed(expression) }}), '')
{%- endmacro %}

{% macro customer_key(expression) -%}
    {%- set id = without_at_its_ends(expression, white_space()) -%}
    {%- set forms = [] -%}
    {%- for vendor in var('vendors') if context[vendor ~ '_is_short_id'] is defined -%}
        {%- do forms.append(
            'when ' ~ context[vendor ~ '_is_short_id'](id) ~ ' then ' ~ context[vendor ~ '_long_id'](id)
        ) -%}
    {%- endfor -%}
    {%- if forms -%}
    case
        {{ forms | join(' ') }}
        else {{ identity_key(expression) }}
    end
    {%- else -%}
    {{ identity_key(expression) }}
    {%- endif -%}
{%- endmacro %}

{% macro text_value(expression) -%}
    nullif({{ trimmed(expression) }}, '')
{%- endmacro %}

{#- How many merges are followed one after the other; none: all of them. Spark's recursion keeps rows that are alike,
    so that only a number can end it in a circle, and it goes no deeper than a hundred steps. -#}
{% macro most_merges() %}
    {% do return(adapter.dispatch('most_merges')()) %}
{% endmacro %}

{% macro default__most_merges() %}
    {% do return(none) %}
{% endmacro %}

{% macro spark__most_merges() %}
    {% do return(64) %}
{% endmacro %}

{#- Their recursion knows `union all` only. -#}
{% macro snowflake__most_merges() %}
    {% do return(64) %}
{% endmacro %}

{% macro bigquery__most_merges() %}
    {% do return(64) %}
{% endmacro %}

{% macro merge_survivors(key) -%}
{%- set most = most_merges() -%}
merge_steps as (
    select
        records.{{ key }},
        records.merged_into_key
    from records
    inner join records as targets
        on records.merged_into_key = targets.{{ key }}
    where records.{{ key }} <> records.merged_into_key
),

walks as (
    select
        {{ key }},
        merged_into_key as reached_key{{ ',\n        1 as steps' if most }}
    from merge_steps
    union{{ ' all' if most }}
    select
        walks.{{ key }},
        merge_steps.merged_into_key as reached_key{{ ',\n        walks.steps + 1 as steps' if most }}
    from walks
    inner join merge_steps
        on walks.reached_key = merge_steps.{{ key }}
    {%- if most %}
    where walks.steps < {{ most }}
    {%- endif %}
),

chain_ends as (
    select
        walks.{{ key }},
        walks.reached_key
    from walks
    left join merge_steps
        on walks.reached_key = merge_steps.{{ key }}
    where merge_steps.{{ key }} is null
),

-- whoever comes back to itself
in_circles as (
    select distinct {{ key }}
    from walks
    where {{ key }} = reached_key
),

circles as (
    select
        walks.{{ key }},
        min(walks.reached_key) as reached_key
    from walks
    inner join in_circles
        on walks.reached_key = in_circles.{{ key }}
    group by walks.{{ key }}
),

survivors as (
    select
        records.{{ key }},
        coalesce(chain_ends.reached_key, circles.reached_key, records.{{ key }}) as survivor_key
    from records
    left join chain_ends
        on records.{{ key }} = chain_ends.{{ key }}
    left join circles
        on records.{{ key }} = circles.{{ key }}
)
{%- endmacro %}

{#- What belongs here: how identifiers compare and how merged records find their survivor. -#}

{#- What counts as white space, each as SQL. -#}
{% macro white_space() %}
    {% do return(["' '", 'chr(9)', 'chr(10)', 'chr(13)', 'chr(160)', 'chr(12288)']) %}
{% endmacro %}

{#- A text without the white space at its ends: spaces (also the no-break and the ideographic one), tabs and line
    ends, as forms, spreadsheets and people leave them. Hardly any text has any, and to look costs a third. -#}
{% macro trimmed(expression) -%}
    {%- set spaces = white_space() -%}
    case
        when left({{ expression }}, 1) in ({{ spaces | join(', ') }})
            or right({{ expression }}, 1) in ({{ spaces | join(', ') }})
            then {{ without_at_its_ends(expression, spaces | join(' || ')) }}
        else {{ expression }}
    end
{%- endmacro %}

{#- A text without any of these characters at its ends, for which engines have several words. -#}
{% macro without_at_its_ends(expression, characters) -%}
    {{ adapter.dispatch('without_at_its_ends')(expression, characters) }}
{%- endmacro %}

{% macro default__without_at_its_ends(expression, characters) -%}
    trim({{ expression }}, {{ characters }})
{%- endmacro %}

{% macro spark__without_at_its_ends(expression, characters) -%}
    btrim({{ expression }}, {{ characters }})
{%- endmacro %}

{#- Identifiers compare without regard to case and surrounding space; an empty one is none. -#}
{% macro identity_key(expression) -%}
    nullif(lower({{ trimmed(expression) }}), '')
{%- endmacro %}

{#- An account's or contact's id. Salesforce writes each in two forms: fifteen characters whose case matters
    (addresses, reports, merge fields), and eighteen (its API), of which the last three say which of the others are
    capitals: one for each five, whose first is the lowest bit. The short form is completed, so that both compare. -#}
{% macro customer_key(expression) -%}
    {%- set id = without_at_its_ends(expression, white_space() | join(' || ')) -%}
    {%- set alphabet = 'abcdefghijklmnopqrstuvwxyz' -%}
    case
        when {{ is_short_salesforce_id(id) }}
            then
                lower({{ id }})
                {%- for first in (1, 6, 11) %}
                || substring(
                    '{{ alphabet }}012345',
                    1
                    {%- for place in range(5) %}
                    + case
                        when position(substring({{ id }}, {{ first + place }}, 1) in '{{ alphabet | upper }}') > 0
                            then {{ 2 ** place }}
                        else 0
                    end
                    {%- endfor %},
                    1
                )
                {%- endfor %}
        else {{ identity_key(expression) }}
    end
{%- endmacro %}

{#- Fifteen letters and digits that begin as the ids of accounts (001) and contacts (003) do in every Salesforce. -#}
{% macro is_short_salesforce_id(id) -%}
    length({{ id }}) = 15
    and left({{ id }}, 3) in ('001', '003')
    and translate(lower({{ id }}), 'abcdefghijklmnopqrstuvwxyz0123456789', '') = ''
{%- endmacro %}

{#- A text value as people compare it: without surrounding space, and null instead of empty. -#}
{% macro text_value(expression) -%}
    nullif({{ trimmed(expression) }}, '')
{%- endmacro %}

{#- The CTEs from `records` (key, merged_into_key) to `survivors` (key, survivor_key), one row a record.
    A merge into a record the CRM has not shown is not followed. A chain is walked for at most 64 steps, so that
    a circle cannot hang the build; whoever still walks after 32 is in a circle, and its smallest key survives.
    Goes behind `with recursive records as (...),`. -#}
{% macro merge_survivors(key) -%}
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
        merged_into_key as reached_key,
        1 as steps
    from merge_steps
    union all
    select
        walks.{{ key }},
        merge_steps.merged_into_key as reached_key,
        walks.steps + 1 as steps
    from walks
    inner join merge_steps
        on walks.reached_key = merge_steps.{{ key }}
    where walks.steps < 64
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

circles as (
    select
        {{ key }},
        min(reached_key) as reached_key
    from walks
    where steps > 32
    group by {{ key }}
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

{#- What belongs here: what a case says, and the tables that the log of cases leaves in the working file
    (docs/decisions/0092-cases.md). -#}

{#- Everything that makes another version of a case when it changes. -#}
{% macro case_content() %}
    {% do return({
        'case_type': dbt.type_string(),
        'rule_name': dbt.type_string(),
        'owner_id': dbt.type_string(),
        'owner_from': dbt.type_string(),
        'is_owner_missing': 'boolean',
        'branch': dbt.type_string(),
        'calendar_branch': dbt.type_string(),
        'is_calendar_missing': 'boolean',
        'opened_at': 'timestamp',
        'due_at': 'timestamp',
        'escalate_at': 'timestamp',
        'state': dbt.type_string(),
        'state_at': 'timestamp',
    }) %}
{% endmacro %}

{% macro case_hash() -%}
    {%- set content -%}
        {%- for column in case_content() -%}
            coalesce(cast({{ column }} as string), ''){{ " || '|' || " if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    {{ dbt.hash(content) }}
{%- endmacro %}

{#- What the log of cases leaves before these models are built. Where nothing has, they are empty. -#}
{% macro create_table_of_cases(table) -%}
    {%- set tables = {
        'case_versions': dict(
            {'case_key': dbt.type_string(), 'version_number': 'bigint', 'version_as_of': 'date'},
            **dict(case_content(), content_hash=dbt.type_string())
        ),
        'case_events': {'case_key': dbt.type_string(), 'state': dbt.type_string(), 'state_at': 'timestamp'},
    } -%}
    create table if not exists follow_up.{{ table }} (
    {%- for column, type in tables[table].items() -%}
        {{ column }} {{ type }}{{ ', ' if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}

{#- Whether the person asked not to be contacted: a member of a dimension that the company declares so. -#}
{% macro declines_contact() -%}
    {%- set asked = declared_dimensions() | selectattr('no_contact', 'defined') | selectattr('no_contact') -%}
    (
        {%- for dimension in asked -%}
            lower({{ dimension.name }}) in (
            {%- for member in dimension.no_contact -%}
                lower({{ dbt.string_literal(dbt.escape_single_quotes(member)) }}){{ ', ' if not loop.last }}
            {%- endfor -%}
            ) or {% endfor -%}
        false)
{%- endmacro %}

{#- Whether lots leave a unit out, by the first 48 bits of an md5: the same in every engine, at every refresh. -#}
{% macro is_held_out(salt, unit, percent) -%}
    {{ forty_eight_bits(salt ~ " || '|' || " ~ unit, 1) }} * 100 < {{ percent }} * 281474976710656
{%- endmacro %}

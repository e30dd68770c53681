{#- What belongs here: how a seed's values reach an engine that dbt does not serve well. -#}

{#- dbt-spark hands a session the values as Python shows them: nothing becomes the text 'None', and a quote inside a
    text ends it. Here each is a literal. -#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- if agate_table.rows | length == 0 -%}  {#- a company without e-mail domains of its own -#}
        {{- return('') -}}
    {%- endif -%}
    {%- set insert -%}
        insert into {{ this }} values
        {%- for row in agate_table.rows %}
        (
            {%- for column, value in row.dict().items() -%}
                {%- set inferred_type = adapter.convert_type(agate_table, loop.index0) -%}
                {%- set type = model.config.get('column_types', {}).get(column, inferred_type) -%}
                cast({{ seed_literal(value) }} as {{ type }}){{ ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    {%- do adapter.add_query(insert, abridge_sql_log=true) -%}
    {{- return(insert) -}}
{%- endmacro %}

{% macro seed_literal(value) -%}
    {{ 'null' if value is none else dbt.string_literal(dbt.escape_single_quotes(value | string)) }}
{%- endmacro %}

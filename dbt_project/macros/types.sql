{#- What belongs here: types that engines name differently. -#}

{#- Figures are doubles everywhere: `dbt.type_float()` is one of four bytes on DuckDB and Spark. -#}
{% macro double() -%}
    {{ adapter.dispatch('double')() }}
{%- endmacro %}

{% macro default__double() -%}
    double
{%- endmacro %}

{% macro bigquery__double() -%}
    float64
{%- endmacro %}

{#- What belongs here: types that engines name differently, in place of dbt's own choice. -#}

{#- Figures are doubles everywhere. dbt's `float` is one of four bytes on DuckDB and Spark. -#}
{% macro default__type_float() -%}
    double
{%- endmacro %}

{% macro bigquery__type_float() -%}
    float64
{%- endmacro %}

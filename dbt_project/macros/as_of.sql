{% macro as_of() -%}
    cast('{{ as_of_date() }}' as timestamp)
{%- endmacro %}

{% macro as_of_date() -%}
    {%- set tomorrow = (run_started_at + modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d') -%}
    {{- env_var('NPS_AS_OF', '') or tomorrow -}}
{%- endmacro %}

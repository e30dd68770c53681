{#- The exclusive end of what a run looks at, as a timestamp literal. `nps` always sets NPS_AS_OF;
    the default, tomorrow's midnight UTC, lets today's answers in. -#}
{% macro as_of() -%}
    cast('{{ as_of_date() }}' as timestamp)
{%- endmacro %}

{#- The same as an ISO date, for spines and names. -#}
{% macro as_of_date() -%}
    {%- set tomorrow = (run_started_at + modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d') -%}
    {{- env_var('NPS_AS_OF', '') or tomorrow -}}
{%- endmacro %}

{#- What belongs here: how a run knows that it restates, that is judges every answer under one named version of the
    definition instead of the one in force when it was given. `nps restate` sets NPS_DEFINITION, nobody else. -#}

{% macro restated_definition() -%}
    {%- set version = env_var('NPS_DEFINITION', '') -%}
    {%- if not modules.re.fullmatch('[A-Za-z0-9._-]*', version) -%}
        {{- exceptions.raise_compiler_error("NPS_DEFINITION is not the name of a definition version: " ~ version) -}}
    {%- endif -%}
    {{- version -}}
{%- endmacro %}

{#- What belongs here: what an erased answer no longer shows. Which answers are erased is decided once, in
    int_survey_answers__identified. -#}

{% macro unless_erased(columns, relation=none, erasure=none) -%}
    {%- for column in columns -%}
        case when {{ erasure ~ '.' if erasure }}is_erased then null else {{ relation ~ '.' if relation }}{{ column }} end
            as {{ column }}{{ ',\n' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

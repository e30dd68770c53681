{#- What belongs here: how sure a verdict on a target must be (docs/decisions/0097-targets.md). -#}

{#- Of all targets of one survey type, version and year together, on all days of the year: in one of twenty years at
    most, one is called wrongly. -#}
{% macro target_level() -%}
    0.05
{%- endmacro %}

{#- Above so many answers, nobody is told to wait for them. -#}
{% macro target_most_answers() -%}
    1000000
{%- endmacro %}

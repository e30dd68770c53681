{#- What belongs here: how a control chart is made (docs/decisions/0097-targets.md). -#}

{#- What of each period is taken for noise, in standard deviations: half of the shift that is looked for. -#}
{% macro control_allowance() -%}
    0.5
{%- endmacro %}

{#- Beyond this sum there is a signal: without a shift once in 370 periods, as rare as a point beyond three
    standard deviations (Hawkins & Olwell 1998, table 3.1, both sides). -#}
{% macro control_limit() -%}
    4.774
{%- endmacro %}

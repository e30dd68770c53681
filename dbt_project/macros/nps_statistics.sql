{#- The statistics of the score, written once. Arguments are SQL expressions of counts; results are on the
    published scale, -100 to 100, as doubles, not rounded. A group without answers is the caller's to leave out. -#}

{#- Two-sided 95 % quantile of the standard normal distribution. -#}
{% macro nps_z() -%}
    1.959963984540054
{%- endmacro %}

{% macro nps_score(promoters, detractors, responses) -%}
    100 * cast({{ promoters }} - {{ detractors }} as double) / {{ responses }}
{%- endmacro %}

{#- sqrt(V / N) with V = p + d - (p - d)^2: V is on -1..1, so the factor to the published scale is 100
    outside the root. -#}
{% macro nps_standard_error(promoters, detractors, responses) -%}
    100 * sqrt(
        (
            cast({{ promoters }} + {{ detractors }} as double) / {{ responses }}
            - power(cast({{ promoters }} - {{ detractors }} as double) / {{ responses }}, 2)
        ) / {{ responses }}
    )
{%- endmacro %}

{#- One bound of the adjusted Wald (3, T) interval (Rocks 2016): three answers are added, distributed as
    3/4 detractors, 3/2 passives and 3/4 promoters, so that it does not collapse where all agree. Clipped to
    the scale. `side` is '-' for the lower and '+' for the upper bound. -#}
{% macro nps_interval_bound(promoters, detractors, responses, side) -%}
    {%- set adjusted = ['(' ~ promoters ~ ' + 0.75)', '(' ~ detractors ~ ' + 0.75)', '(' ~ responses ~ ' + 3)'] -%}
    greatest(-100, least(100,
        {{ nps_score(*adjusted) }} {{ side }} {{ nps_z() }} * {{ nps_standard_error(*adjusted) }}
    ))
{%- endmacro %}

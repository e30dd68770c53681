{#- The statistics of the score, written once. Arguments are SQL expressions of counts; results are on the
    published scale, -100 to 100, as doubles, not rounded. A group without answers is the caller's to leave out. -#}

{#- Two-sided 95 % quantile of the standard normal distribution. -#}
{% macro nps_z() -%}
    1.959963984540054
{%- endmacro %}

{% macro nps_score(promoters, detractors, responses) -%}
    100 * cast({{ promoters }} - {{ detractors }} as double) / {{ responses }}
{%- endmacro %}

{#- Variance of one answer, V = p + d - (p - d)^2, of the score on -1..1 (Rocks 2016): at most 1. -#}
{% macro nps_variance(promoters, detractors, responses) -%}
    (
        cast({{ promoters }} + {{ detractors }} as double) / {{ responses }}
        - power(cast({{ promoters }} - {{ detractors }} as double) / {{ responses }}, 2)
    )
{%- endmacro %}

{#- sqrt(V / N): V is on -1..1, so the factor to the published scale is 100 outside the root. -#}
{% macro nps_standard_error(promoters, detractors, responses) -%}
    100 * sqrt({{ nps_variance(promoters, detractors, responses) }} / {{ responses }})
{%- endmacro %}

{#- The adjustment (3, T) (Rocks 2016): three answers are added, distributed as 3/4 detractors, 3/2 passives and
    3/4 promoters, so that nothing collapses where all agree. A list of promoters, detractors, responses. -#}
{% macro nps_adjusted(promoters, detractors, responses) %}
    {% do return(['(' ~ promoters ~ ' + 0.75)', '(' ~ detractors ~ ' + 0.75)', '(' ~ responses ~ ' + 3)']) %}
{% endmacro %}

{#- One bound of the adjusted Wald interval, clipped to the scale. `side` is '-' for the lower and '+' for the
    upper bound. -#}
{% macro nps_interval_bound(promoters, detractors, responses, side) -%}
    {%- set adjusted = nps_adjusted(promoters, detractors, responses) -%}
    greatest(-100, least(100,
        {{ nps_score(*adjusted) }} {{ side }} {{ nps_z() }} * {{ nps_standard_error(*adjusted) }}
    ))
{%- endmacro %}

{#- z of the difference of two scores, each side adjusted (measuringu.com, NPS significance test). `first` and
    `second` are lists of promoters, detractors, responses; positive where the first scores higher. -#}
{% macro nps_difference_z(first, second) -%}
    {%- set first_adjusted, second_adjusted = nps_adjusted(*first), nps_adjusted(*second) -%}
    ({{ nps_score(*first_adjusted) }} - {{ nps_score(*second_adjusted) }})
    / (
        100 * sqrt(
            {{ nps_variance(*first_adjusted) }} / {{ first_adjusted[2] }}
            + {{ nps_variance(*second_adjusted) }} / {{ second_adjusted[2] }}
        )
    )
{%- endmacro %}

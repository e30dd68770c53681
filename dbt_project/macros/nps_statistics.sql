{#- The statistics of the score, written once. Arguments are SQL expressions of counts; results are on the
    published scale, -100 to 100, as doubles, not rounded. A group without answers is the caller's to leave out. -#}

{% macro nps_z() -%}
    1.959963984540054
{%- endmacro %}

{% macro nps_score(promoters, detractors, responses) -%}
    100 * cast({{ promoters }} - {{ detractors }} as {{ double() }}) / {{ responses }}
{%- endmacro %}

{% macro nps_variance(promoters, detractors, responses) -%}
    (
        cast({{ promoters }} + {{ detractors }} as {{ double() }}) / {{ responses }}
        - power(cast({{ promoters }} - {{ detractors }} as {{ double() }}) / {{ responses }}, 2)
    )
{%- endmacro %}

{% macro nps_standard_error(promoters, detractors, responses) -%}
    100 * sqrt({{ nps_variance(promoters, detractors, responses) }} / {{ responses }})
{%- endmacro %}

{% macro nps_adjusted(promoters, detractors, responses) %}
    {% do return(['(' ~ promoters ~ ' + 0.75)', '(' ~ detractors ~ ' + 0.75)', '(' ~ responses ~ ' + 3)']) %}
{% endmacro %}

{% macro nps_interval_bound(promoters, detractors, responses, side) -%}
    {%- set adjusted = nps_adjusted(promoters, detractors, responses) -%}
    greatest(-100, least(100,
        {{ nps_score(*adjusted) }} {{ side }} {{ nps_z() }} * {{ nps_standard_error(*adjusted) }}
    ))
{%- endmacro %}

{% macro nps_difference(first, second) -%}
    ({{ nps_score(*nps_adjusted(*first)) }} - {{ nps_score(*nps_adjusted(*second)) }})
{%- endmacro %}

{% macro nps_difference_error(first, second) -%}
    {%- set first_adjusted, second_adjusted = nps_adjusted(*first), nps_adjusted(*second) -%}
    (
        100 * sqrt(
            {{ nps_variance(*first_adjusted) }} / {{ first_adjusted[2] }}
            + {{ nps_variance(*second_adjusted) }} / {{ second_adjusted[2] }}
        )
    )
{%- endmacro %}

{% macro nps_difference_z(first, second) -%}
    {{ nps_difference(first, second) }}
    / {{ nps_difference_error(first, second) }}
{%- endmacro %}

{% macro nps_difference_bound(first, second, side) -%}
    greatest(-200, least(200,
        {{ nps_difference(first, second) }} {{ side }} {{ nps_z() }} * {{ nps_difference_error(first, second) }}
    ))
{%- endmacro %}

{#- What belongs here: the two forms of an id in Salesforce (decision 22). -#}

{% macro salesforce_is_short_id(id) -%}
    length({{ id }}) = 15
    and left({{ id }}, 3) in ('001', '003')
    and translate(lower({{ id }}), 'abcdefghijklmnopqrstuvwxyz0123456789', '') = ''
{%- endmacro %}

{% macro salesforce_long_id(id) -%}
    {%- set alphabet = 'abcdefghijklmnopqrstuvwxyz' -%}
    lower({{ id }})
    {%- for first in (1, 6, 11) %}
    || substring(
        '{{ alphabet }}012345',
        1
        {%- for place in range(5) %}
        + case
            when position(substring({{ id }}, {{ first + place }}, 1) in '{{ alphabet | upper }}') > 0
                then {{ 2 ** place }}
            else 0
        end
        {%- endfor %},
        1
    )
    {%- endfor %}
{%- endmacro %}

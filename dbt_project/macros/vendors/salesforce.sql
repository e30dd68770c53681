{#- What belongs here: the two forms of an id in Salesforce (decision 22). -#}

{% macro salesforce_is_short_id(id) -%}
    length({{ id }}) = 15
    and left({{ id }}, 3) in ('001', '003')
    and translate(lower({{ id }}), 'abcdefghijklmnopqrstuvwxyz0123456789', '') = ''
{%- endmacro %}

{#- Each of the last three characters stands for which of five are capitals: '=' and five digits find it. -#}
{% macro salesforce_long_id(id) -%}
    {%- set small = 'abcdefghijklmnopqrstuvwxyz' -%}
    {%- set digits = '0123456789' -%}
    {%- set capitals = "translate(%s, '%s%s%s', '%s%s')" | format(id, small | upper, small, digits, '1' * 26, '0' * 36) -%}
    {%- set written = [] -%}
    {%- for character in small ~ '012345' -%}
        {%- do written.append('=' ~ '{:05b}'.format(loop.index0) | reverse ~ character) -%}
    {%- endfor -%}
    lower({{ id }})
    {%- for first in (1, 6, 11) %}
    || substring(
        '{{ written | join }}',
        {{ dbt.position("'=' || substring(" ~ capitals ~ ', ' ~ first ~ ', 5)', "'" ~ written | join ~ "'") }} + 6,
        1
    )
    {%- endfor %}
{%- endmacro %}

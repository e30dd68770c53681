{#- The dimensions that a company declares in its definition/dimensions.toml: where the vendors' records have them, and how
    they reach the facts. orchestration/dimensions.py puts the declaration into the variable `dimensions`; without
    one there are none. -#}

{% macro declared_dimensions() %}
    {% do return(var('dimensions', [])) %}
{% endmacro %}

{% macro delivered_dimensions(level, vendor=none) %}
    {% set names = [] %}
    {% for dimension in declared_dimensions() if dimension.level == level and dimension.source %}
        {% if vendor is none or vendor in dimension.source %}
            {% do names.append(dimension.name) %}
        {% endif %}
    {% endfor %}
    {% do return(names) %}
{% endmacro %}

{% macro delivered_columns(level, relation=none) -%}
    {%- for name in delivered_dimensions(level) -%}
        {{ relation ~ '.' if relation }}{{ name }},
        {% endfor -%}
{%- endmacro %}

{% macro staged_dimensions(level, vendor, within=none) -%}
    {%- for dimension in declared_dimensions() if dimension.name in delivered_dimensions(level, vendor) -%}
        {{ payload_text((within and [within] or []) + [dimension.source[vendor]]) }} as {{ dimension.name }},
    {% endfor -%}
{%- endmacro %}

{% macro when_declared(level, vendor) -%}
    {%- for dimension in declared_dimensions() if dimension.name in delivered_dimensions(level, vendor) -%}
        when '{{ dimension.source[vendor] | lower }}' then '{{ dimension.name }}'
        {% endfor -%}
{%- endmacro %}

{% macro unioned_dimensions(entity, vendor='') -%}
    {%- set level = {'responses': 'answer', 'invitations': 'answer', 'accounts': 'account'}.get(entity) -%}
    {%- for name in delivered_dimensions(level) -%}
        {%- set value = text_value(name) if name in delivered_dimensions(level, vendor) else 'null' %},
        cast({{ value }} as string) as {{ name }}
    {%- endfor -%}
{%- endmacro %}

{% macro declared_members(relation, found_as, among=none) -%}
    {%- for dimension in declared_dimensions() if among is none or dimension.name in among -%}
        {%- if dimension.source -%}
            {{ nps_member(relation ~ '.' ~ dimension.name) }} as {{ dimension.name }},
    {% else -%}
            {{ member_of_member(found_as.get(dimension.of, relation ~ '.' ~ dimension.of), dimension.members) }}
                as {{ dimension.name }},
    {% endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro member_of_member(value, members) -%}
    case
        {%- for member, of_members in members.items() %}
        when lower({{ nps_member(value) }}) in (
            {%- for each in of_members -%}
                lower({{ dbt.string_literal(dbt.escape_single_quotes(each)) }}){{ ', ' if not loop.last }}
            {%- endfor -%}
        ) then {{ dbt.string_literal(dbt.escape_single_quotes(member)) }}
        {%- endfor %}
        else 'Unassigned'
    end
{%- endmacro %}

{#- The dimension whose members say why a customer joined; none where the company declares no such question. -#}
{% macro joining_question() %}
    {% set asked = declared_dimensions() | selectattr('referral') | list %}
    {% do return(asked[0] if asked else none) %}
{% endmacro %}

{% macro payload_text(path) -%}
    {{ adapter.dispatch('payload_text')(path) }}
{%- endmacro %}

{% macro default__payload_text(path) -%}
    json_extract_string(payload, '$."{{ path | join('"."') }}"')
{%- endmacro %}

{% macro postgres__payload_text(path) -%}
    cast(payload as json) #>> array['{{ path | join("', '") }}']
{%- endmacro %}

{% macro snowflake__payload_text(path) -%}
    cast(get_path(parse_json(payload), '["{{ path | join('"]["') }}"]') as string)
{%- endmacro %}

{% macro bigquery__payload_text(path) -%}
    json_value(payload, '$."{{ path | join('"."') }}"')
{%- endmacro %}

{% macro spark__payload_text(path) -%}
    get_json_object(payload, "$['{{ path | join("']['") }}']")
{%- endmacro %}

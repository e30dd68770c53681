{#- A number that stands for the content of a text, so that the numbers of many rows can be added: the sum does
    not depend on the order, and a row that is added, lost or changed changes it. -#}

{% macro fingerprint(text) -%}
    cast({{ forty_eight_bits(text, 1) }} as decimal(38, 0)) * 281474976710656
    + {{ forty_eight_bits(text, 13) }}
{%- endmacro %}

{% macro forty_eight_bits(text, position) -%}
    {{ adapter.dispatch('forty_eight_bits')(text, position) }}
{%- endmacro %}

{% macro default__forty_eight_bits(text, position) -%}
    cast('0x' || substr(md5({{ text }}), {{ position }}, 12) as bigint)
{%- endmacro %}

{% macro postgres__forty_eight_bits(text, position) -%}
    cast(cast('x' || substr(md5({{ text }}), {{ position }}, 12) as bit(48)) as bigint)
{%- endmacro %}

{% macro spark__forty_eight_bits(text, position) -%}
    cast(conv(substr(md5({{ text }}), {{ position }}, 12), 16, 10) as bigint)
{%- endmacro %}

{% macro snowflake__forty_eight_bits(text, position) -%}
    cast(to_number(substr(md5({{ text }}), {{ position }}, 12), 'XXXXXXXXXXXX') as bigint)
{%- endmacro %}

{% macro bigquery__forty_eight_bits(text, position) -%}
    cast(concat('0x', substr(to_hex(md5({{ text }})), {{ position }}, 12)) as int64)
{%- endmacro %}

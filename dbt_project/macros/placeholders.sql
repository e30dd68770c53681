{#- What belongs here: what people and systems write where they know nobody. An id or address that says so names
    no one, and those who share it are not one person. docs/decisions/0029-placeholders-and-persons.md says why. -#}

{% macro placeholder_words() %}
    {% do return([
        'na', 'nan', 'nil', 'none', 'null', 'undefined', 'unknown', 'unbekannt', 'inconnu', 'desconocido',
        'anon', 'anonym', 'anonyme', 'anonymous', 'anonimo', 'anónimo', 'guest', 'missing',
        'notapplicable', 'notavailable', 'notprovided',
    ]) %}
{% endmacro %}

{% macro placeholder_mailboxes() %}
    {% do return([
        'anonym', 'anonyme', 'anonymous', 'donotreply', 'noemail', 'nomail', 'none', 'noreply', 'null', 'undefined',
        'unknown',
    ]) %}
{% endmacro %}

{% macro begins_like_a_merge_field(key) -%}
    length({{ key }}) > 1 and position(left({{ key }}, 2) in '${ {' || '{ {! %% [[ <% *|') > 0
{%- endmacro %}

{% macro first_letters(words) -%}
    {%- for word in words | map('first') | unique -%}{{ word }}{%- endfor -%}
{%- endmacro %}

{% macro unless_placeholder(key) -%}
    {%- set punctuation = ' -_./#?*()[]<>:,+|!~' -%}
    {%- set marks = punctuation ~ '%${' -%}
    case
        when position(left({{ key }}, 1) in '0{{ marks }}{{ first_letters(placeholder_words()) }}') = 0 then {{ key }}
        when left({{ key }}, 1) = '0' and position(right({{ key }}, 1) in '0{{ marks }}') = 0 then {{ key }}
        when length({{ key }}) > 19 and position(left({{ key }}, 1) in '0{{ marks }}') = 0 then {{ key }}
        when {{ begins_like_a_merge_field(key) }} then null
        when translate({{ key }}, '0{{ punctuation }}', '') = '' then null
        when left({{ key }}, 1) = '-' and translate({{ key }}, '0123456789', '') = '-' then null
        when length({{ key }}) > 19 then {{ key }}
        when
            position(
                ' ' || translate({{ key }}, '{{ punctuation }}', '') || ' '
                in ' {{ placeholder_words() | join(" ") }} '
            ) > 0
            then null
        else {{ key }}
    end
{%- endmacro %}

{% macro unless_no_address(email) -%}
    case
        when coalesce(position('@' in {{ email }}), 0) < 2 or right({{ email }}, 1) = '@' then null
        when position(left({{ email }}, 1) in '-_.%${[<*{{ first_letters(placeholder_mailboxes()) }}') = 0
            then {{ email }}
        when {{ begins_like_a_merge_field(email) }} then null
        when
            position(
                ' ' || translate({{ dbt.split_part(email, "'@'", 1) }}, '-_.', '') || ' '
                in ' {{ placeholder_mailboxes() | join(" ") }} '
            ) > 0
            then null
        else {{ email }}
    end
{%- endmacro %}

{#- What belongs here: what people and systems write where they know nobody. An id or address that says so names
    no one, and those who share it are not one person. docs/decisions/0029-placeholders-and-persons.md says why. -#}

{#- Written without punctuation: `n/a`, `#N/A`, `(none)` and `not available` are here too. -#}
{% macro placeholder_words() %}
    {% do return([
        'na', 'nan', 'nil', 'none', 'null', 'undefined', 'unknown', 'unbekannt', 'inconnu', 'desconocido',
        'anon', 'anonym', 'anonyme', 'anonymous', 'anonimo', 'anónimo', 'guest', 'missing',
        'notapplicable', 'notavailable', 'notprovided',
    ]) %}
{% endmacro %}

{#- What stands before the @ of an address that is many people's. -#}
{% macro placeholder_mailboxes() %}
    {% do return([
        'anonym', 'anonyme', 'anonymous', 'donotreply', 'noemail', 'nomail', 'none', 'noreply', 'null', 'undefined',
        'unknown',
    ]) %}
{% endmacro %}

{#- What a merge field that was never filled begins with: `${e://Field/ContactId}`, `{{contact.id}}`, `*|EMAIL|*`. -#}
{% macro begins_like_a_merge_field(key) -%}
    length({{ key }}) > 1 and position(left({{ key }}, 2) in '${ {' || '{ {! %% [[ <% *|') > 0
{%- endmacro %}

{#- Each first letter of some words, once. -#}
{% macro first_letters(words) -%}
    {%- for word in words | map('first') | unique -%}{{ word }}{%- endfor -%}
{%- endmacro %}

{#- A trimmed, lower-case id, or null where it is a placeholder: a word of the list, nothing but zeros and punctuation
    (`0`, `-`, an empty GUID), a negative number, or a merge field. To take a text apart costs ten times as much as to
    read it, so that its first and last letter are looked at before: hardly any id goes further. The words are one text,
    because an engine makes a join of a list, and then takes every id apart. No semicolon is among the punctuation:
    dbt on Spark ends a statement there, also within a text. -#}
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

{#- A trimmed, lower-case e-mail address, or null where it is none: without an @ that has something on both sides, or
    of a mailbox that is nobody's. -#}
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

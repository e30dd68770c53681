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
    length({{ key }}) > 1 and {{ dbt.position('left(' ~ key ~ ', 2)', "'${ {' || '{ {! %% [[ <% *|'") }} > 0
{%- endmacro %}

{% macro first_letters(words) -%}
    {%- for word in words | map('first') | unique -%}{{ word }}{%- endfor -%}
{%- endmacro %}

{% macro unless_placeholder(key) -%}
    {%- set punctuation = ' -_./#?*()[]<>:,+|!~' -%}
    {%- set marks = '0' ~ punctuation ~ '%${' -%}
    {%- set first_letter, last_letter = 'left(' ~ key ~ ', 1)', 'right(' ~ key ~ ', 1)' -%}
    {%- set bare = "' ' || translate(" ~ key ~ ", '" ~ punctuation ~ "', '') || ' '" -%}
    case
        when {{ dbt.position(first_letter, "'" ~ marks ~ first_letters(placeholder_words()) ~ "'") }} = 0
            then {{ key }}
        when {{ first_letter }} = '0' and {{ dbt.position(last_letter, "'" ~ marks ~ "'") }} = 0 then {{ key }}
        when length({{ key }}) > 19 and {{ dbt.position(first_letter, "'" ~ marks ~ "'") }} = 0 then {{ key }}
        when {{ begins_like_a_merge_field(key) }} then null
        when translate({{ key }}, '0{{ punctuation }}', '') = '' then null
        when left({{ key }}, 1) = '-' and translate({{ key }}, '0123456789', '') = '-' then null
        when length({{ key }}) > 19 then {{ key }}
        when {{ dbt.position(bare, "' " ~ placeholder_words() | join(' ') ~ " '") }} > 0 then null
        else {{ key }}
    end
{%- endmacro %}

{% macro unless_no_address(email) -%}
    {%- set begins = "'-_.%${[<*" ~ first_letters(placeholder_mailboxes()) ~ "'" -%}
    {%- set mailbox = "' ' || translate(" ~ dbt.split_part(email, "'@'", 1) ~ ", '-_.', '') || ' '" -%}
    case
        when coalesce({{ dbt.position("'@'", email) }}, 0) < 2 or right({{ email }}, 1) = '@' then null
        when {{ dbt.position('left(' ~ email ~ ', 1)', begins) }} = 0 then {{ email }}
        when {{ begins_like_a_merge_field(email) }} then null
        when {{ dbt.position(mailbox, "' " ~ placeholder_mailboxes() | join(' ') ~ " '") }} > 0 then null
        else {{ email }}
    end
{%- endmacro %}

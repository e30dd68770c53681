{#- What belongs here: which figures are not shown because others could be worked out from them
    (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md). The groups add up to a published total. -#}

{#- The order among equal ones. Names themselves are sorted otherwise by every engine and collation. -#}
{% macro by_digest(names) -%}
    md5({{ names | join('), md5(') }})
{%- endmacro %}

{#- What the figures before this one have: first those below the floor, then the smallest. -#}
{% macro hidden_before(added, counted, floor, group, names) -%}
    coalesce(
        sum({{ added }}) over (
            partition by {{ group | join(', ') }}
            order by
                case when {{ counted }} < {{ floor }} then 0 else 1 end, {{ counted }}, {{ by_digest(names) }}
            rows between unbounded preceding and 1 preceding
        ),
        0
    )
{%- endmacro %}

{#- Why a figure is not shown; none: it is. What is left of those hidden before it must be of enough, and not of
    the same (alike: a condition). -#}
{% macro suppression(counted, floor, hidden, alike='false') -%}
    case
        when {{ counted }} < {{ floor }} then 'suppressed'
        when {{ hidden }} > 0 and ({{ hidden }} < {{ floor }} or {{ alike }}) then 'suppressed_for_others'
        else 'none'
    end
{%- endmacro %}

{#- Why a figure of accounts over many windows is not shown; none: it is. An account may be in several figures of the
    group, so one of the hidden must have enough by itself; and together they lost some and kept some. -#}
{% macro suppression_of_windows(group, names) -%}
    {%- set smaller -%}
        over (
            partition by {{ group | join(', ') }}
            order by accounts, {{ by_digest(names) }}
            rows between unbounded preceding and 1 preceding
        )
    {%- endset -%}
    case
        when accounts < minimum_accounts then 'suppressed'
        when
            has_few = 1
            and (
                coalesce(max(accounts) {{ smaller }}, 0) < minimum_accounts
                or coalesce(sum(churned) {{ smaller }}, 0) in (0, coalesce(sum(windows) {{ smaller }}, 0))
            )
            then 'suppressed_for_others'
        else 'none'
    end
{%- endmacro %}

{#- Whether a cell is hidden, 1 or 0: it is already (hidden, a column of these), or others of its group are, and what
    is left of them and of the smaller cells is of fewer than the floor, or all of one band. -#}
{% macro hidden_beside(hidden, group, names) -%}
    {%- set smaller -%}
        over (
            partition by {{ group | join(', ') }}
            order by {{ hidden }} desc, responses, {{ by_digest(names) }}
            rows between unbounded preceding and 1 preceding
        )
    {%- endset -%}
    case
        when {{ hidden }} = 1 then 1
        when
            max({{ hidden }}) over (partition by {{ group | join(', ') }}) = 1
            and (
                sum(responses) {{ smaller }} < minimum_responses
                or greatest(
                    sum(promoters) {{ smaller }}, sum(passives) {{ smaller }}, sum(detractors) {{ smaller }}
                ) = sum(responses) {{ smaller }}
            )
            then 1
        else 0
    end
{%- endmacro %}

{#- Whether answers between two shown figures tell what few people said, 1 or 0: some, and fewer than the floor or all of
    one band. Nobody tells nothing. -#}
{% macro tells_of_few(promoters, passives, detractors, floor) -%}
    {%- set together = '(' ~ promoters ~ ' + ' ~ passives ~ ' + ' ~ detractors ~ ')' -%}
    case
        when {{ together }} = 0 then 0
        when {{ together }} < {{ floor }} then 1
        when greatest({{ promoters }}, {{ passives }}, {{ detractors }}) = {{ together }} then 1
        else 0
    end
{%- endmacro %}

{#- Segment of two dimensions -> which is its rows and which its columns. Branches, of which there are many, are rows. -#}
{% macro nps_crossed_segments() %}
    {% set crossed = {} %}
    {% for segment, split_by in nps_segments().items() if split_by | length == 2 %}
        {% set row = 'branch' if 'branch' in split_by else split_by[0] %}
        {% do crossed.update({segment: {'row': row, 'column': split_by | reject('equalto', row) | first}}) %}
    {% endfor %}
    {% do return(crossed) %}
{% endmacro %}

{% macro nps_crossed_segment_names() -%}
    '{{ nps_crossed_segments() | join("',\n            '") }}'
{%- endmacro %}

{#- Of a cell of such a segment: the dimension of its row or column (as name), or the member. -#}
{% macro nps_crossed_side(side, told) -%}
    case segment
        {%- for segment, sides in nps_crossed_segments().items() %}
        when '{{ segment }}' then {{ sides[side] if told == 'member' else "'" ~ sides[side] ~ "'" }}
        {%- endfor %}
    end
{%- endmacro %}

{#- What belongs here: which figures are not shown because others could be worked out from them
    (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md). The groups add up to a published total. -#}

{#- What the figures before this one have: first those below the floor, then the smallest. -#}
{% macro hidden_before(added, counted, floor, group, names) -%}
    coalesce(
        sum({{ added }}) over (
            partition by {{ group | join(', ') }}
            order by
                case when {{ counted }} < {{ floor }} then 0 else 1 end, {{ counted }}, {{ names | join(', ') }}
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

{#- What belongs here: which figures are not shown because others could be worked out from them
    (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md). The groups add up to a published total. -#}

{#- How many answers or accounts the figures before this one have: first those below the floor, then the smallest. -#}
{% macro hidden_before(counted, floor, group, names) -%}
    coalesce(
        sum({{ counted }}) over (
            partition by {{ group | join(', ') }}
            order by
                case when {{ counted }} < {{ floor }} then 0 else 1 end, {{ counted }}, {{ names | join(', ') }}
            rows between unbounded preceding and 1 preceding
        ),
        0
    )
{%- endmacro %}

{#- Why a figure is not shown; none: it is. What is hidden before it has too few to be told by what is left. -#}
{% macro suppression(counted, floor, hidden) -%}
    case
        when {{ counted }} < {{ floor }} then 'suppressed'
        when {{ hidden }} > 0 and {{ hidden }} < {{ floor }} then 'suppressed_for_others'
        else 'none'
    end
{%- endmacro %}

{#- The half-open periods of one key neither overlap nor leave a gap, and none is empty. -#}
{% test no_overlapping_periods(model, key, valid_from='valid_from', valid_to='valid_to') %}

with periods as (

    select
        {{ key }} as period_key,
        {{ valid_from }} as period_from,
        {{ valid_to }} as period_to,
        lead({{ valid_from }}) over (partition by {{ key }} order by {{ valid_from }}, {{ valid_to }}) as next_from
    from {{ model }}

)

select *
from periods
where
    period_from >= period_to
    or period_to <> next_from

{% endtest %}

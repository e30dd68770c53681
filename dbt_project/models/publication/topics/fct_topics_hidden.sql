-- Topics of cells that are not shown, or what few people said would follow from them (docs/decisions/0088).
-- Each part of a cell is of enough or of nobody; so is, for the quarter, what the year has besides; and so is
-- together what is hidden of the members of one dimension, which add up to the company.
{% set cell = topic_cell() -%}
{% set figure = cell + ['period_grain'] -%}
{% set beside = [
    'survey_type', 'segment', 'definition_version', 'topic', 'period_grain', 'window_name', 'part'
] -%}

with windows as (
    select
        *,
        case when window_name = 'trailing_365d' then 'trailing_365d' else 'trailing_90d' end as period_grain
    from {{ ref('fct_topic_counts') }}
    where window_name in ('trailing_365d', 'trailing_90d', 'rest_of_365d')
),

parts as (
    {% for part in topic_parts() %}
        select
            {{ figure | join(',\n            ') }},
            window_name,
            '{{ part }}' as part,
            {% for counts in topic_counts() %}
                {{ part }}_{{ counts }} as {{ counts }},
            {% endfor %}
            {{ topic_responses(part) }} as responses
        from windows
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- a group that is shown may be of one mind; one that only follows from others may not
counted as (
    select
        parts.*,
        floors.minimum_responses,
        case
            when parts.part = 'silent' or parts.window_name = 'rest_of_365d'
                then {{ tells_of_few(
                    'parts.promoters', 'parts.passives', 'parts.detractors', 'floors.minimum_responses'
                ) | indent(16) }}
            when parts.responses > 0 and parts.responses < floors.minimum_responses then 1
            else 0
        end as is_few
    from parts
    inner join {{ ref('reportability_floors') }} as floors
        on parts.definition_version = floors.definition_version
    where floors.reportability = 'interval_only'
),

figures as (
    select
        {{ figure | join(',\n        ') }},
        max(is_few) as is_few
    from counted
    group by
        {{ figure | join(',\n        ') }}
),

withheld as (
    select
        {{ qualified('figures', figure) }},
        case
            when
                figures.is_few = 1
                or scores.reportability is null
                or scores.reportability in ('suppressed', 'suppressed_for_others')
                then 1
            else 0
        end as is_withheld
    from figures
    left join {{ ref('nps_scores') }} as scores
        on
            {{ same('figures', 'scores', cell | reject('equalto', 'topic') | list + ['period_grain']) }}
            and scores.measure = 'in_period'
            and scores.period_end = cast({{ as_of() }} as date)
),

-- nobody tells nothing
told as (
    select
        counted.*,
        withheld.is_withheld
    from counted
    inner join withheld on {{ same('counted', 'withheld', figure) }}
    where counted.responses > 0
),

judged as (
    select
        {{ figure | join(',\n        ') }},
        {{ hidden_beside('is_withheld', beside, topic_dimensions()) | indent(8) }} as is_hidden
    from told
)

select
    {{ figure | join(',\n    ') }}
from judged
group by
    {{ figure | join(',\n    ') }}
having max(is_hidden) = 1

-- From every answer a survey received in a month to those that count: what is left after each reason of
-- answer_dispositions, in its order. (all) adds up the surveys of a type and ends on the company's figure.
{% set bridge = ['survey_type', 'source', 'survey_id', 'period_start', 'definition_version'] -%}
{% set counts = ['answers', 'promoters', 'passives', 'detractors'] -%}

-- a survey that has been of several types belongs to none of them
with surveys as (
    select
        lower(trim(source)) as source_key,
        lower(trim(survey_id)) as survey_key,
        min(survey_type) as survey_type
    from {{ ref('nps_questions') }}
    group by
        lower(trim(source)),
        lower(trim(survey_id))
    having min(survey_type) = max(survey_type)
),

-- an unregistered answer belongs to its survey's type; one spelling of an id stands for all
answers as (
    select
        coalesce(responses.survey_type, surveys.survey_type, '(none)') as survey_type,
        responses.source,
        coalesce(
            min(responses.survey_id) over (partition by responses.source, lower(responses.survey_id)),
            '(none)'
        ) as survey_id,
        cast({{ dbt.date_trunc('month', 'responses.response_date') }} as date) as period_start,
        coalesce(responses.definition_version, '(none)') as definition_version,
        dispositioned.nps_band,
        dispositions.precedence,
        dispositions.is_counted
    from {{ ref('fct_survey_responses') }} as responses
    inner join {{ ref('int_survey_answers__dispositioned') }} as dispositioned
        on responses.answer_key = dispositioned.answer_key
    inner join {{ ref('answer_dispositions') }} as dispositions
        on responses.disposition = dispositions.disposition
    left join surveys
        on
            responses.source = surveys.source_key
            and lower(responses.survey_id) = surveys.survey_key
),

counted as (
    select
        {{ bridge | join(',\n        ') }},
        precedence,
        is_counted,
        sum(case when nps_band = 'promoter' then 1 else 0 end) as promoters,
        sum(case when nps_band = 'passive' then 1 else 0 end) as passives,
        sum(case when nps_band = 'detractor' then 1 else 0 end) as detractors,
        count(*) as answers
    from answers
    group by
        {{ bridge | join(',\n        ') }},
        precedence,
        is_counted
),

with_totals as (
    select
        {{ bridge | join(',\n        ') }},
        precedence,
        is_counted,
        {{ counts | join(',\n        ') }}
    from counted
    union all
    select
        survey_type,
        '(all)' as source, -- noqa: RF04
        '(all)' as survey_id,
        period_start,
        definition_version,
        precedence,
        is_counted,
        {{ counts | join(',\n        ') }}
    from counted
),

bridges as (
    select distinct {{ bridge | join(', ') }}
    from with_totals
),

lines as (
    select
        0 as line_number,
        'received' as line_name,
        'received' as kind,
        'Every answer received in the month, as the dashboard of the vendor shows it' as description
    union all
    select
        precedence as line_number,
        disposition as line_name,
        case when is_counted then 'published' else 'excluded' end as kind,
        description
    from {{ ref('answer_dispositions') }}
    where precedence > 0
    union all
    select
        max(precedence) + 1 as line_number,
        'rounded' as line_name,
        'shown' as kind,
        'One decimal, rounded half away from zero: how the score is shown' as description
    from {{ ref('answer_dispositions') }}
),

-- what counts is left after every line
left_over as (
    select
        {{ qualified('bridges', bridge) }},
        lines.line_number,
        lines.line_name,
        lines.kind,
        {% for column in counts %}
            cast(
                coalesce(
                    sum(
                        case
                            when with_totals.is_counted or lines.line_number < with_totals.precedence
                                then with_totals.{{ column }}
                        end
                    ),
                    0
                ) as bigint
            ) as {{ column }},
        {% endfor %}
        lines.description
    from bridges
    cross join lines
    left join with_totals on {{ same('bridges', 'with_totals', bridge) }}
    group by
        {{ qualified('bridges', bridge) }},
        lines.line_number,
        lines.line_name,
        lines.kind,
        lines.description
),

scored as (
    select
        *,
        case
            when promoters + passives + detractors > 0
                then {{ nps_score('promoters', 'detractors', '(promoters + passives + detractors)') }}
        end as nps
    from left_over
)

select
    survey_type,
    source,
    survey_id,
    period_start,
    cast({{ dbt.dateadd('month', 1, 'period_start') }} as date) as period_end,
    definition_version,
    cast(line_number as bigint) as line_number,
    line_name,
    kind,
    description,
    {{ counts | join(',\n    ') }},
    case kind
        when 'shown' then cast(round(cast(nps as decimal(28, 12)), 1) as {{ double() }})
        else nps
    end as nps
from scored

-- The company's score of the 365 days up to as-of, with flagged answers and without. The first counts. The
-- second is shown where neither the flagged nor the others are few, or of one mind: both follow from it.
{% set bands = {'promoters': 'promoter', 'passives': 'passive', 'detractors': 'detractor'} -%}
{% set sides = {'flagged': 1, 'other': 0} -%}

with flagged as (
    select distinct answer_key from {{ ref('fct_answer_flags') }}
),

floors as (
    select
        definition_version,
        max(case when reportability = 'interval_only' then minimum_responses end) as floor_of_interval,
        max(case when reportability = 'indicative' then minimum_responses end) as floor_of_score
    from {{ ref('reportability_floors') }}
    group by definition_version
),

answers as (
    select
        answers.survey_type,
        answers.definition_version,
        answers.nps_band,
        case when flagged.answer_key is null then 0 else 1 end as is_flagged
    from {{ ref('fct_survey_responses') }} as answers
    left join flagged on answers.answer_key = flagged.answer_key
    where answers.is_counted and answers.response_date >= {{ integrity_window_start() }}
),

counts as (
    select
        survey_type,
        definition_version,
        {% for side, is_flagged in sides.items() %}
            {% for counts, band in bands.items() %}
                sum(case when is_flagged = {{ is_flagged }} and nps_band = '{{ band }}' then 1 else 0 end)
                    as {{ side }}_{{ counts }},
            {% endfor %}
        {% endfor %}
        sum(is_flagged) as flagged_responses,
        count(*) as responses
    from answers
    group by survey_type, definition_version
),

judged as (
    select
        counts.*,
        floors.floor_of_score,
        greatest(
            {% for side in sides %}
                {{ tells_of_few(
                    'counts.' ~ side ~ '_promoters', 'counts.' ~ side ~ '_passives',
                    'counts.' ~ side ~ '_detractors', 'floors.floor_of_interval'
                ) | indent(16) }}{{ ',' if not loop.last }}
            {% endfor %}
        ) as tells
    from counts
    inner join floors on counts.definition_version = floors.definition_version
)

select
    scores.survey_type,
    scores.period_start,
    scores.period_end,
    scores.definition_version,
    cast(judged.responses as bigint) as responses,
    cast(judged.flagged_responses as bigint) as flagged_responses,
    scores.nps,
    case
        when judged.tells = 0 and judged.responses - judged.flagged_responses >= judged.floor_of_score
            then {{ nps_score(
                'judged.other_promoters', 'judged.other_detractors', '(judged.responses - judged.flagged_responses)'
            ) | indent(12) }}
    end as nps_without_flagged
from judged
inner join {{ ref('nps_scores') }} as scores
    on
        {{ same('judged', 'scores', ['survey_type', 'definition_version']) }}
        and scores.segment = 'company'
        and scores.measure = 'in_period'
        and scores.period_grain = 'trailing_365d'
        and scores.period_end = cast({{ as_of() }} as date)
where scores.nps is not null

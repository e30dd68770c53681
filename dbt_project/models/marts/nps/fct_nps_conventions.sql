-- The same month by other common conventions: each person's latest answer, each account weighing alike, or as
-- its revenue. They are ratios over the published answers, and stand beside the score.
{% set cell = ['survey_type', 'period_start', 'period_end', 'definition_version'] -%}
{% set counts = ['promoters', 'passives', 'detractors', 'answers'] -%}
{% set conventions = {
    'latest_per_person': 'Beside it: of the answers of each person in the month only the latest',
    'account_weighted': 'Beside it: each account weighs alike, however many answers it gave',
    'revenue_weighted': 'Beside it: each account weighs as much as its revenue of the 365 days before',
} -%}

with answers as (
    select
        responses.survey_type,
        periods.period_start,
        periods.period_end,
        responses.definition_version,
        periods.standing_date,
        responses.account_key,
        responses.nps_weight,
        case when responses.nps_band = 'promoter' then 1 else 0 end as promoters,
        case when responses.nps_band = 'passive' then 1 else 0 end as passives,
        case when responses.nps_band = 'detractor' then 1 else 0 end as detractors,
        row_number() over (
            partition by responses.survey_type, periods.period_start, responses.person_key
            order by responses.responded_at desc, responses.answer_key desc
        ) as recency
    from {{ ref('fct_survey_responses') }} as responses
    inner join {{ ref('dim_periods') }} as periods
        on
            responses.response_date >= periods.period_start
            and responses.response_date < periods.period_end
    where responses.is_counted and periods.period_grain = 'month'
),

accounts as (
    select
        {{ qualified('answers', cell) }},
        answers.account_key,
        sum(answers.promoters) as promoters,
        sum(answers.passives) as passives,
        sum(answers.detractors) as detractors,
        count(*) as responses,
        cast(sum(answers.nps_weight) as {{ double() }}) as said,
        cast(coalesce(max(standings.trailing_revenue_amount), 0) as {{ double() }}) as revenue
    from answers
    left join {{ ref('fct_account_standings') }} as standings
        on
            answers.account_key = standings.account_key
            and answers.standing_date = standings.standing_date
            and answers.definition_version = standings.definition_version
    where answers.account_key is not null
    group by
        {{ qualified('answers', cell) }},
        answers.account_key
),

weighed as (
    select
        'latest_per_person' as line_name,
        {{ cell | join(',\n        ') }},
        promoters,
        passives,
        detractors,
        1 as answers,
        cast(nps_weight as {{ double() }}) as said,
        cast(1 as {{ double() }}) as weight
    from answers
    where recency = 1
    {% for weighting, (said, weight) in score_weightings().items() if weighting != 'respondent' %}
        union all
        select
            '{{ weighting }}_weighted' as line_name,
            {{ cell | join(',\n            ') }},
            promoters,
            passives,
            detractors,
            responses as answers,
            {{ said }} as said,
            cast({{ weight }} as {{ double() }}) as weight
        from accounts
        where {{ weight }} > 0
    {% endfor %}
)

select
    {{ cell | join(',\n    ') }},
    line_name,
    case line_name
        {% for convention in conventions %}
            when '{{ convention }}' then {{ loop.index }}
        {% endfor %}
    end as place,
    case line_name
        {% for convention, description in conventions.items() %}
            when '{{ convention }}' then '{{ description }}'
        {% endfor %}
    end as description,
    {% for column in counts %}
        cast(sum({{ column }}) as bigint) as {{ column }},
    {% endfor %}
    cast(count(*) as bigint) as voices,
    {{ exactly('said') }} / {{ exactly('weight') }} as nps
from weighed
group by
    {{ cell | join(',\n    ') }},
    line_name

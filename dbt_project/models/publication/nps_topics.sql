-- What comments are about, and how those score who mention it beside those who do not. Only what is shown.
{% set cell = topic_cell() -%}
{% set figure = cell + ['period_grain'] -%}
{% set family = ['survey_type', 'period_grain', 'segment', 'definition_version'] -%}
{% set members = ['survey_type', 'segment', 'definition_version', 'topic'] -%}
{% set groups = {} -%}
{% for part in ['mentioning', 'other'] -%}
    {% do groups.update({part: [part ~ '_promoters', part ~ '_detractors', part ~ '_responses']}) %}
{% endfor -%}

with floors as (
    select
        definition_version,
        max(case when reportability = 'interval_only' then minimum_responses end) as floor_of_interval,
        max(case when reportability = 'indicative' then minimum_responses end) as floor_of_score
    from {{ ref('reportability_floors') }}
    group by definition_version
),

counts as (
    select
        *,
        {{ topic_responses('mentioning') }} as mentioning_responses,
        {{ topic_responses('other') }} as other_responses
    from {{ ref('fct_topic_counts') }}
),

shown as (
    select
        counts.*,
        counts.mentioning_responses + counts.other_responses as read_comments,
        counts.window_name as period_grain,
        scores.period_start,
        scores.period_end,
        scores.branch_name,
        floors.floor_of_interval,
        least(counts.mentioning_responses, counts.other_responses) >= floors.floor_of_score as has_score
    from counts
    inner join floors on counts.definition_version = floors.definition_version
    inner join {{ ref('nps_scores') }} as scores
        on
            {{ same('counts', 'scores', cell | reject('equalto', 'topic') | list) }}
            and counts.window_name = scores.period_grain
            and scores.measure = 'in_period'
            and scores.period_end = cast({{ as_of() }} as date)
    left join {{ ref('fct_topics_hidden') }} as hidden
        on {{ same('counts', 'hidden', cell) }} and counts.window_name = hidden.period_grain
    where
        hidden.topic is null
        and least(counts.mentioning_responses, counts.other_responses) >= floors.floor_of_interval
),

tested as (
    select
        {{ figure | join(',\n        ') }},
        {{ nps_difference_z(groups['mentioning'], groups['other']) | indent(8) }} as z
    from shown
    where has_score
),

compared as (
    select
        *,
        {{ nps_p_value('z') | indent(8) }} as p_value
    from tested
),

bounded as (
    select
        *,
        {{ nps_discovery_bound('p_value', family) }} as discovery_bound
    from compared
),

corrected as (
    select
        *,
        {{ nps_q_value('discovery_bound', 'p_value', family) }} as q_value
    from bounded
),

-- amounts of members add up to the company's: they are shown where each is of enough accounts
revenue as (
    select
        *,
        min(mentioning_accounts) over (partition by {{ members | join(', ') }}) as fewest_accounts
    from {{ ref('fct_topic_revenue') }}
)

select
    shown.survey_type,
    shown.period_grain,
    shown.period_start,
    shown.period_end,
    {{ qualified('shown', ['segment'] + topic_dimensions() + ['definition_version', 'topic']) }},
    topics.topic_label,
    shown.read_comments as comments, -- noqa: RF04
    shown.mentioning_responses as mentions,
    cast(shown.mentioning_responses as {{ double() }}) / shown.read_comments as mention_share,
    case
        when least(earlier.mentioning_responses, earlier.other_responses) >= shown.floor_of_interval
            then
                cast(shown.mentioning_responses as {{ double() }}) / shown.read_comments
                - cast(earlier.mentioning_responses as {{ double() }})
                / (earlier.mentioning_responses + earlier.other_responses)
    end as mention_share_change,
    {% for part in groups %}
        case
            when shown.has_score
                then {{ nps_score(
                    'shown.' ~ part ~ '_promoters', 'shown.' ~ part ~ '_detractors', 'shown.' ~ part ~ '_responses'
                ) | indent(16) }}
        end as {{ part }}_nps,
    {% endfor %}
    case
        when shown.has_score
            then
                {{ nps_score(
                    'shown.mentioning_promoters', 'shown.mentioning_detractors', 'shown.mentioning_responses'
                ) | indent(16) }}
                - {{ nps_score('shown.other_promoters', 'shown.other_detractors', 'shown.other_responses') }}
    end as nps_difference,
    {% for bound, side in {'low': '-', 'high': '+'}.items() %}
        {{ nps_difference_bound(
            ['shown.mentioning_promoters', 'shown.mentioning_detractors', 'shown.mentioning_responses'],
            ['shown.other_promoters', 'shown.other_detractors', 'shown.other_responses'],
            side
        ) | indent(8) }} as difference_{{ bound }},
    {% endfor %}
    corrected.p_value as difference_p_value,
    corrected.q_value as difference_q_value,
    {% for column in ['mentioning_accounts', 'mentioning_revenue'] %}
        case
            when shown.period_grain = 'trailing_365d' and revenue.fewest_accounts >= shown.floor_of_interval
                then revenue.{{ column }}
        end as {{ column }},
    {% endfor %}
    topics.labelled_comments,
    {% for found, only in {'precision': 'only_taxonomy', 'recall': 'only_person'}.items() %}
        {% set total = '(topics.agreed + topics.' ~ only ~ ')' %}
        case
            when {{ total }} > 0 then cast(topics.agreed as {{ double() }}) / {{ total }}
        end as topic_{{ found }},
        {% for bound, side in {'low': '-', 'high': '+'}.items() %}
            case
                when {{ total }} > 0 then {{ wilson_bound('topics.agreed', total, side) | indent(12) }}
            end as topic_{{ found }}_{{ bound }},
        {% endfor %}
    {% endfor %}
    shown.branch_name
from shown
inner join {{ source('topics', 'declared_topics') }} as topics on shown.topic = topics.topic
left join corrected on {{ same('shown', 'corrected', figure) }}
left join counts as earlier
    on {{ same('shown', 'earlier', cell) }} and earlier.window_name = 'before_' || shown.period_grain
left join revenue on {{ same('shown', 'revenue', cell) }}

{#- How much of the customers' revenue belongs to accounts that are behind a figure. An account has an answer
    in [start, end) when its last one before `end` is not before `start`: so each account has one last date at
    each standing date, and all periods that end there are answered from it. Stage and channel do not split
    accounts, so an account has last dates of its own for each of their members. -#}
{% set splits = {} -%}
{% for split_by in nps_segments().values() -%}
    {% set own = split_by | reject('in', nps_account_dimensions()) | list -%}
    {% do splits.update({own | join('*'): own}) -%}
{% endfor -%}
{% set answer_dimensions = nps_dimensions() | reject('in', nps_account_dimensions()) | list -%}
{% set answered = ['account_key', 'survey_type', 'definition_version'] -%}
{% set asked = ['measure', 'survey_type', 'definition_version', 'standing_date', 'latest_start'] -%}
{% set answer_members = answered + answer_dimensions -%}

with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted and account_key is not null
),

periods as (
    select * from {{ ref('dim_periods') }}
),

standing_dates as (
    select
        standing_date,
        min(period_start) as earliest_start,
        row_number() over (order by standing_date) as date_number
    from periods
    group by standing_date
),

response_dates as (
    select distinct response_date from answers
),

-- the first standing date that looks back on a day
numbered_dates as (
    select
        response_dates.response_date,
        min(standing_dates.date_number) as date_number
    from response_dates
    inner join standing_dates on response_dates.response_date < standing_dates.standing_date
    group by response_dates.response_date
),

-- of the periods that end at a standing date, a day lies in those that begin no later than this
reaches as (
    select
        standing_dates.date_number,
        response_dates.response_date,
        max(periods.period_start) as latest_start
    from standing_dates
    inner join periods on standing_dates.standing_date = periods.standing_date
    inner join response_dates
        on
            periods.period_start <= response_dates.response_date
            and standing_dates.standing_date > response_dates.response_date
    group by standing_dates.date_number, response_dates.response_date
),

last_answers as (
    select
        {{ qualified('answers', answer_members) }},
        numbered_dates.date_number,
        max(answers.response_date) as response_date
    from answers
    inner join numbered_dates on answers.response_date = numbered_dates.response_date
    group by
        {{ qualified('answers', answer_members) }},
        numbered_dates.date_number
),

split_answers as (
    {% for split, own in splits.items() %}
        select
            '{{ split }}' as split,
            {{ answered | join(',\n            ') }},
            {% for dimension in answer_dimensions %}
                {{ dimension if dimension in own else "'(all)' as " ~ dimension }},
            {% endfor %}
            date_number,
            max(response_date) as response_date
        from last_answers
        group by
            {{ (answered + own + ['date_number']) | join(',\n            ') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

followed_answers as (
    select
        *,
        lead(date_number) over (
            partition by split, {{ answer_members | join(', ') }}
            order by date_number
        ) as next_date_number
    from split_answers
),

-- an answer is the last one until the standing date that sees the next
answered_in_period as (
    select
        'in_period' as measure,
        followed_answers.split,
        {{ qualified('followed_answers', answer_members) }},
        standing_dates.standing_date,
        reaches.latest_start
    from followed_answers
    inner join standing_dates
        on
            followed_answers.date_number <= standing_dates.date_number
            and coalesce(followed_answers.next_date_number > standing_dates.date_number, true)
            and followed_answers.response_date >= standing_dates.earliest_start
    inner join reaches
        on
            standing_dates.date_number = reaches.date_number
            and followed_answers.response_date = reaches.response_date
),

{{ current_stays() }},

gathered as (
    select distinct
        {{ qualified('answers', answer_members) }},
        stays.first_end,
        stays.last_end
    from answers
    inner join stays
        on answers.response_date = stays.response_date and answers.current_until = stays.current_until
),

currently_answered as (
    {% for split, own in splits.items() %}
        select distinct
            'current_state' as measure,
            '{{ split }}' as split,
            {{ qualified('gathered', answered) | indent(4) }},
            {% for dimension in answer_dimensions %}
                {{ 'gathered.' ~ dimension if dimension in own else "'(all)' as " ~ dimension }},
            {% endfor %}
            spanned_ends.period_end as standing_date,
            spanned_ends.period_start as latest_start
        from gathered
        inner join spanned_ends
            on gathered.first_end = spanned_ends.first_end and gathered.last_end = spanned_ends.last_end
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

answered_standings as (
    select * from answered_in_period
    union all
    select * from currently_answered
),

answered_revenue as (
    select
        {{ qualified('answered_standings', ['split'] + asked + answer_dimensions) }},
        {{ qualified('standings', nps_account_dimensions()) }},
        sum(standings.trailing_revenue_amount) as trailing_revenue_amount
    from answered_standings
    inner join {{ ref('fct_account_standings') }} as standings
        on
            answered_standings.account_key = standings.account_key
            and answered_standings.standing_date = standings.standing_date
            and answered_standings.definition_version = standings.definition_version
    group by
        {{ qualified('answered_standings', ['split'] + asked + answer_dimensions) }},
        {{ qualified('standings', nps_account_dimensions()) }}
),

segmented_revenue as (
    {% for segment, split_by in nps_segments().items() %}
        {%- set split = split_by | reject('in', nps_account_dimensions()) | join('*') %}
        select
            '{{ segment }}' as segment,
            {{ asked | join(',\n            ') }},
            {{ nps_split_columns(split_by) | indent(4) }},
            sum(trailing_revenue_amount) as trailing_revenue_amount
        from answered_revenue
        where split = '{{ split }}'
        group by
            {{ (asked + split_by) | join(',\n            ') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

covered as (
    select
        segmented_revenue.survey_type,
        segmented_revenue.measure,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        segmented_revenue.segment,
        {{ nps_dimension_columns('segmented_revenue') }},
        segmented_revenue.definition_version,
        sum(segmented_revenue.trailing_revenue_amount) as trailing_revenue_amount
    from segmented_revenue
    inner join periods
        on
            segmented_revenue.standing_date = periods.standing_date
            and segmented_revenue.latest_start >= periods.period_start
            and (segmented_revenue.measure = 'in_period' or periods.period_grain = 'trailing_365d')
    group by
        segmented_revenue.survey_type,
        segmented_revenue.measure,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        segmented_revenue.segment,
        {{ nps_dimension_columns('segmented_revenue') }},
        segmented_revenue.definition_version
)

-- a figure whose answers belong to no customer of the day covers nothing; without customers there is no share
select
    {{ qualified('cells', nps_figure_key()) }},
    cast(coalesce(covered.trailing_revenue_amount, 0) as {{ double() }})
    / cast(populations.trailing_revenue_amount as {{ double() }}) as revenue_coverage
from {{ ref('fct_nps_cells') }} as cells
inner join periods on {{ same('cells', 'periods', ['period_grain', 'period_start', 'period_end']) }}
inner join {{ ref('fct_account_populations') }} as populations
    on
        periods.standing_date = populations.standing_date
        and {{ same('cells', 'populations', ['definition_version'] + nps_account_dimensions()) }}
left join covered on {{ same('cells', 'covered', nps_figure_key()) }}

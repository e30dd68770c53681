-- An account is a cluster of its answers. Its weight is how many they are, one, or what it pays; score and
-- interval are of a ratio of two sums over accounts. With one answer each they are those of nps_scores.
{% set members = ['customer_value_tier', 'region'] -%}
{% set cell = ['survey_type', 'period_start', 'period_end', 'segment'] + members + ['definition_version'] -%}
{% set standing = ['period_end', 'segment'] + members + ['definition_version'] -%}

-- a year behind the beginning of each year, and the one up to as-of: none but the last overlaps another
with periods as (
    select
        period_start,
        period_end,
        standing_date
    from {{ ref('dim_periods') }}
    where
        period_grain = 'trailing_365d'
        and (
            period_end = cast({{ as_of() }} as date)
            or extract(month from period_end) = 1 and extract(day from period_end) = 1
        )
),

-- each person's current answer at the period's end, under the account it was given for
states as (
    select
        periods.period_start,
        periods.period_end,
        periods.standing_date,
        answers.survey_type,
        answers.definition_version,
        answers.customer_value_tier,
        answers.region,
        answers.account_key,
        answers.nps_weight
    from periods
    inner join {{ ref('fct_survey_responses') }} as answers
        on
            periods.period_end > answers.response_date
            and periods.period_end < answers.current_until
    where answers.is_counted and answers.account_key is not null
),

segmented as (
    {% for segment, split_by in weighted_segments().items() %}
        select
            '{{ segment }}' as segment,
            survey_type,
            period_start,
            period_end,
            standing_date,
            definition_version,
            {% for member in members %}
                {{ member if member in split_by else "'(all)' as " ~ member }},
            {% endfor %}
            account_key,
            nps_weight
        from states
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

accounts as (
    select
        {{ qualified('segmented', cell) }},
        segmented.account_key,
        count(*) as responses,
        cast(sum(segmented.nps_weight) as {{ double() }}) as said,
        cast(coalesce(max(standings.trailing_revenue_amount), 0) as {{ double() }}) as revenue
    from segmented
    left join {{ ref('fct_account_standings') }} as standings
        on
            segmented.account_key = standings.account_key
            and segmented.standing_date = standings.standing_date
            and segmented.definition_version = standings.definition_version
    group by
        {{ qualified('segmented', cell) }},
        segmented.account_key
),

weighed as (
    {% for weighting, (said, weight) in score_weightings().items() %}
        select
            '{{ weighting }}' as weighting,
            {{ cell | join(',\n            ') }},
            responses,
            {{ said }} as said,
            cast({{ weight }} as {{ double() }}) as weight
        from accounts
        where {{ weight }} > 0
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

scores as (
    select
        weighting,
        {{ cell | join(',\n        ') }},
        cast(count(*) as bigint) as accounts, -- noqa: RF04
        cast(sum(responses) as bigint) as responses,
        {{ exactly('weight') }} as weight,
        {{ exactly('said') }} / {{ exactly('weight') }} as nps,
        {{ exactly('said') }}
        / ({{ exactly('weight') }} * (1 + cast(3 as {{ double() }}) / count(*))) as adjusted
    from weighed
    group by
        weighting,
        {{ cell | join(',\n        ') }}
),

-- three accounts of the mean weight are added, as three answers are: three quarters of one at each end of the
-- scale, and one and a half in the middle
spreads as (
    select
        {{ qualified('scores', ['weighting'] + cell) }},
        {{ exactly('power(weighed.said - scores.nps * weighed.weight, 2)') }} as spread,
        sqrt(
            {{ exactly('power(weighed.said - scores.adjusted * weighed.weight, 2)') }}
            + power(max(scores.weight / scores.accounts), 2) * (15000 + 3 * power(max(scores.adjusted), 2))
        ) / (max(scores.weight) * (1 + cast(3 as {{ double() }}) / count(*))) as adjusted_error
    from weighed
    inner join scores
        on
            {{ same('weighed', 'scores', ['weighting'] + cell) }}
    group by
        {{ qualified('scores', ['weighting'] + cell) }}
),

-- of the cell's customers those who have an answer behind any score of the period
answered as (
    select distinct
        survey_type,
        period_end,
        definition_version,
        account_key
    from states
),

customers as (
    {% for segment, split_by in weighted_segments().items() %}
        select
            '{{ segment }}' as segment,
            periods.period_end,
            standings.definition_version,
            {% for member in members %}
                {{ 'standings.' ~ member if member in split_by else "'(all)'" }} as {{ member }},
            {% endfor %}
            standings.account_key,
            standings.trailing_revenue_amount as revenue
        from periods
        inner join {{ ref('fct_account_standings') }} as standings
            on periods.standing_date = standings.standing_date
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

populations as (
    select
        {{ standing | join(',\n        ') }},
        count(*) as customers,
        sum(revenue) as revenue
    from customers
    group by
        {{ standing | join(',\n        ') }}
),

covered as (
    select
        answered.survey_type,
        {{ qualified('customers', standing) }},
        count(*) as customers,
        sum(customers.revenue) as revenue
    from customers
    inner join answered
        on
            customers.period_end = answered.period_end
            and customers.definition_version = answered.definition_version
            and customers.account_key = answered.account_key
    group by
        answered.survey_type,
        {{ qualified('customers', standing) }}
)

select
    {{ qualified('scores', cell) }},
    scores.weighting,
    scores.accounts,
    scores.responses,
    scores.nps,
    sqrt(spreads.spread) / scores.weight as nps_standard_error,
    greatest(-100, scores.adjusted - {{ nps_z() }} * spreads.adjusted_error) as nps_low,
    least(100, scores.adjusted + {{ nps_z() }} * spreads.adjusted_error) as nps_high,
    case scores.weighting
        when 'account' then cast(coalesce(covered.customers, 0) as {{ double() }}) / populations.customers
        when 'revenue'
            then
                cast(coalesce(covered.revenue, 0) as {{ double() }})
                / cast(populations.revenue as {{ double() }})
    end as coverage
from scores
inner join spreads
    on
        {{ same('scores', 'spreads', ['weighting'] + cell) }}
left join populations
    on
        {{ same('scores', 'populations', standing) }}
left join covered
    on
        scores.survey_type = covered.survey_type
        and {{ same('scores', 'covered', standing) }}

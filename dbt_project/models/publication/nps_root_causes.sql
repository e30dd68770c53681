-- Whether detractors are more among those with a value of an attribute. Only of what nps_scores shows.
{% set kind = ['survey_type', 'definition_version'] -%}
{% set attribute = kind + ['attribute'] -%}
{% set figure = attribute + ['attribute_value'] -%}
{% set strata_of = root_cause_strata() -%}
{% set crossings = root_cause_crossings() -%}

with floors as (
    select
        definition_version,
        minimum_responses as floor_of_score
    from {{ ref('reportability_floors') }}
    where reportability = 'indicative'
),

answers as (
    select
        survey_type,
        definition_version,
        {{ nps_dimension_columns() }},
        coalesce(account_key, person_key) as cluster_key,
        case when nps_band = 'detractor' then 1 else 0 end as detractors
    from {{ ref('fct_survey_responses') }}
    where
        is_counted
        and response_date >= cast({{ dbt.dateadd('day', -365, as_of()) }} as date)
        and response_date < cast({{ as_of() }} as date)
),

-- answers of one account are not independent
with_value as (
    {% for name, strata in strata_of.items() %}
        select
            {{ kind | join(',\n            ') }},
            '{{ name }}' as attribute, -- noqa: RF04
            {{ name }} as attribute_value,
            {{ strata | join(" || '|' || ") }} as stratum,
            cluster_key,
            cast(count(*) as {{ double() }}) as responses,
            cast(sum(detractors) as {{ double() }}) as detractors
        from answers
        group by
            {{ kind | join(',\n            ') }},
            {{ name }},
            {{ strata | join(" || '|' || ") }},
            cluster_key
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

in_strata as (
    select
        {{ attribute | join(',\n        ') }},
        stratum,
        cluster_key,
        sum(responses) as responses,
        sum(detractors) as detractors
    from with_value
    group by
        {{ attribute | join(',\n        ') }},
        stratum,
        cluster_key
),

strata as (
    select
        {{ attribute | join(',\n        ') }},
        stratum,
        sum(responses) as responses,
        sum(detractors) as detractors
    from in_strata
    group by
        {{ attribute | join(',\n        ') }},
        stratum
),

values_of_strata as (
    select
        {{ figure | join(',\n        ') }},
        stratum,
        sum(responses) as responses,
        sum(detractors) as detractors
    from with_value
    group by
        {{ figure | join(',\n        ') }},
        stratum
),

scores as (
    select
        *,
        case segment
            {% for name in strata_of %}
                when '{{ name }}' then {{ name }}
            {% endfor %}
        end as attribute_value
    from {{ ref('nps_scores') }}
    where
        measure = 'in_period'
        and period_grain = 'trailing_365d'
        and period_end = cast({{ as_of() }} as date)
        and detractors is not null
),

-- A ratio within cells of two dimensions would tell those that are hidden, and one beside all of a stratum
-- what is hidden of that.
shown_strata as (
    {% for segment, name, stratum in crossings %}
        select
            {{ qualified('cells', kind) | indent(8) }},
            '{{ name }}' as attribute, -- noqa: RF04
            cells.{{ name }} as attribute_value,
            cells.{{ stratum }} as stratum
        from scores as cells
        inner join scores as strata_shown
            on
                {{ same('cells', 'strata_shown', kind + [stratum]) | indent(12) }}
                and strata_shown.segment = '{{ stratum }}'
        where cells.segment = '{{ segment }}'
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

compared_strata as (
    select
        {{ qualified('values_of_strata', figure) }},
        values_of_strata.stratum,
        values_of_strata.detractors as ours,
        values_of_strata.responses - values_of_strata.detractors as our_others,
        strata.detractors - values_of_strata.detractors as theirs,
        strata.responses - values_of_strata.responses - strata.detractors + values_of_strata.detractors
            as their_others,
        strata.responses,
        values_of_strata.responses / strata.responses as share_with_value,
        strata.detractors / strata.responses as share_of_detractors
    from values_of_strata
    inner join strata
        on {{ same('values_of_strata', 'strata', attribute + ['stratum']) }}
    left join shown_strata
        on {{ same('values_of_strata', 'shown_strata', figure + ['stratum']) }}
    where
        values_of_strata.attribute not in ({{ root_cause_crossed_names() }})
        or shown_strata.stratum is not null
),

-- each account's part in what is observed less expected (excess), and in both parts of the odds ratio
terms as (
    select
        {{ qualified('compared_strata', figure) }},
        in_strata.cluster_key,
        coalesce(with_value.responses, 0) as responses_with,
        in_strata.responses - coalesce(with_value.responses, 0) as responses_without,
        coalesce(with_value.detractors, 0)
        - coalesce(with_value.responses, 0) * compared_strata.share_of_detractors
        - in_strata.detractors * compared_strata.share_with_value
        + in_strata.responses * compared_strata.share_with_value * compared_strata.share_of_detractors
            as excess,
        (
            coalesce(with_value.detractors, 0) * compared_strata.their_others
            + (
                in_strata.responses - coalesce(with_value.responses, 0)
                - in_strata.detractors + coalesce(with_value.detractors, 0)
            ) * compared_strata.ours
        ) / compared_strata.responses as agreeing,
        (
            (coalesce(with_value.responses, 0) - coalesce(with_value.detractors, 0)) * compared_strata.theirs
            + (in_strata.detractors - coalesce(with_value.detractors, 0)) * compared_strata.our_others
        ) / compared_strata.responses as disagreeing
    from compared_strata
    inner join in_strata
        on {{ same('compared_strata', 'in_strata', attribute + ['stratum']) }}
    left join with_value
        on
            {{ same('compared_strata', 'with_value', figure + ['stratum']) }}
            and in_strata.cluster_key = with_value.cluster_key
    where compared_strata.ours + compared_strata.our_others < compared_strata.responses
),

by_account as (
    select
        {{ figure | join(',\n        ') }},
        cluster_key,
        {% for term in ['excess', 'agreeing', 'disagreeing'] %}
            cast(sum(cast({{ term }} as decimal(38, 15))) as {{ double() }}) as {{ term }},
        {% endfor %}
        sum(responses_with) as responses_with,
        sum(responses_without) as responses_without
    from terms
    group by
        {{ figure | join(',\n        ') }},
        cluster_key
),

summed as (
    select
        {{ figure | join(',\n        ') }},
        {% for name, term in {
            'excess': 'excess', 'excess_variance': 'excess * excess', 'agreeing': 'agreeing / 2',
            'disagreeing': 'disagreeing / 2', 'agreeing_squares': 'agreeing * agreeing',
            'products': 'agreeing * disagreeing', 'disagreeing_squares': 'disagreeing * disagreeing',
        }.items() %}
            cast(sum(cast({{ term }} as decimal(38, 15))) as {{ double() }}) as {{ name }},
        {% endfor %}
        sum(responses_with) as responses_with,
        sum(responses_without) as responses_without,
        sum(case when responses_with > 0 then 1 else 0 end) as accounts_with,
        sum(case when responses_without > 0 then 1 else 0 end) as accounts_without
    from by_account
    group by {{ figure | join(',\n        ') }}
),

enough as (
    select
        summed.*,
        summed.excess / sqrt(summed.excess_variance) as z
    from summed
    inner join floors on summed.definition_version = floors.definition_version
    inner join scores
        on
            {{ same('summed', 'scores', kind + ['attribute_value']) }}
            and summed.attribute = scores.segment
    where
        least(summed.responses_with, summed.responses_without) >= floors.floor_of_score
        and least(summed.accounts_with, summed.accounts_without) >= {{ root_cause_minimum_accounts() }}
        and summed.excess_variance > 0
),

tested as (
    select
        *,
        {{ nps_p_value('z') | indent(8) }} as p_value,
        {{ clustered_odds_ratio() | indent(8) }} as odds_ratio,
        {{ clustered_odds_ratio_error('least(accounts_with, accounts_without)') | indent(8) }} as log_error
    from enough
),

bounded as (
    select
        *,
        {{ nps_discovery_bound('p_value', kind) }} as discovery_bound
    from tested
),

corrected as (
    select
        *,
        {{ nps_q_value('discovery_bound', 'p_value', kind) }} as q_value
    from bounded
)

select
    {{ qualified('scores', ['survey_type', 'period_grain', 'period_start', 'period_end']) }},
    scores.definition_version,
    scores.segment as attribute, -- noqa: RF04
    scores.attribute_value,
    case when scores.segment = 'branch' then scores.branch_name else scores.attribute_value end as value_name,
    scores.responses,
    scores.detractors,
    cast(scores.detractors as {{ double() }}) / scores.responses as detractor_share,
    case
        when company.responses > scores.responses
            then
                cast(company.detractors - scores.detractors as {{ double() }})
                / (company.responses - scores.responses)
    end as other_detractor_share,
    {{ rounded('corrected.odds_ratio', 2) }} as odds_ratio,
    {% for bound, side in {'low': '-', 'high': '+'}.items() %}
        {{ rounded(log_bound('corrected.odds_ratio', 'corrected.log_error', side), 2) }}
            as odds_ratio_{{ bound }},
    {% endfor %}
    {{ rounded('corrected.p_value', 4) }} as p_value,
    {{ rounded('corrected.q_value', 4) }} as q_value,
    case
        when corrected.q_value is null then 'too few'
        when corrected.q_value > 0.05 then 'not distinguishable'
        when corrected.excess > 0 then 'more'
        else 'fewer'
    end as verdict
from scores
inner join scores as company
    on {{ same('scores', 'company', kind) }} and company.segment = 'company'
left join corrected
    on
        {{ same('scores', 'corrected', kind + ['attribute_value']) }}
        and scores.segment = corrected.attribute
where scores.attribute_value is not null

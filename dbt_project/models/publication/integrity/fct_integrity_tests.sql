{#- Each subject beside the others of its survey type, or a slice of time beside the same subject's others:
    how surprising what was observed is, if nobody does anything. The null model: a rate is drawn from those
    of the others, a beta distribution around their pooled rate. It is as wide as their rates differ beyond
    chance (DerSimonian and Laird's moment estimator, at the upper 97.5 % bound of the dispersion), and never
    narrower than what so many answers can tell. p is the exact upper tail of the beta-binomial distribution.
    Terms are fixed to decimals before they are added. -#}
{% set family = integrity_family() -%}
{% set group = family + ['score_value', 'compared_within'] -%}
{% set key = family + ['subject', 'score_value'] -%}
{% set term = 'decimal(38, 12)' -%}
{% set sums = {
    'other_subjects': '1', 'other_observed': 'observed', 'other_exposure': 'exposure',
    'other_square': 'square', 'other_heaviest': 'exposure * exposure'
} -%}

with counts as (
    select
        {{ family | join(', ') }},
        subject,
        score_value,
        case when slice is not null then subject end as compared_within,
        coalesce(slice, 0) as slice,
        observed,
        exposure,
        row_number() over (
            order by {{ family | join(', ') }}, subject, slice, score_value
        ) as test,
        cast(cast(observed as {{ double() }}) * observed / exposure as {{ term }}) as square
    from {{ ref('fct_integrity_counts') }}
),

-- the others: all of the group but the subject, or the slice, itself
others as (
    select
        {% for column, value in sums.items() %}
            cast(
                sum({{ value }}) over (partition by {{ group | join(', ') }}) - {{ value }} as {{ double() }}
            ) as {{ column }},
        {% endfor %}
        counts.*
    from counts
),

rated as (
    select
        *,
        (other_observed + 0.5) / (other_exposure + 1) as rate
    from others
    where other_subjects >= 4 and slice = 0
),

dispersed as (
    select
        *,
        rate * (1 - rate) as variance,
        (other_square - other_observed * other_observed / other_exposure) / (rate * (1 - rate)) as dispersion,
        other_subjects - 1 as freedom
    from rated
),

bounded as (
    select
        *,
        dispersion + {{ nps_z() }} * sqrt(2 * freedom) * greatest(1, dispersion / freedom) - freedom
            as excess
    from dispersed
),

-- how many answers of the others a subject's own rate is tied to: between one and all of them
tied as (
    select
        *,
        greatest(1, least(
            other_exposure,
            (other_exposure - other_heaviest / other_exposure) / excess - 1
        )) as strength
    from bounded
),

shaped as (
    select
        *,
        strength * rate as a,
        strength * (1 - rate) as b,
        rate * exposure as expected,
        cast(exposure as {{ double() }}) as n
    from tied
),

-- where no more was observed than expected there is nothing to test
scaled as (
    select
        *,
        {{ log_gamma('(n + 1)') }} - {{ log_gamma('(n + strength)') }} + {{ log_gamma('strength') }}
        - {{ log_gamma('a') }} - {{ log_gamma('b') }} as scale
    from shaped
    where observed > expected
),

thousand as (
    {{ dbt.generate_series(1000) | indent(4) }}
),

largest as (
    select max(n) as n from scaled
),

numbers as (
    select cast((thousands.generated_number - 1) * 1000 + units.generated_number as {{ double() }}) as k
    from largest
    inner join thousand as thousands on largest.n >= (thousands.generated_number - 1) * 1000
    cross join thousand as units
),

terms as (
    select
        scaled.test,
        scaled.scale + {{ log_gamma('(numbers.k + scaled.a)') }} - {{ log_gamma('(numbers.k + 1)') }}
        + {{ log_gamma('(scaled.n - numbers.k + scaled.b)') }} - {{ log_gamma('(scaled.n - numbers.k + 1)') }}
            as log_term
    from scaled
    inner join numbers on scaled.observed <= numbers.k and scaled.n >= numbers.k
),

-- what is below is nothing, and exp() of it an error in some engines
tails as (
    select
        test,
        cast(sum(cast(
            case when log_term > -80 then exp(log_term) else 0 end as decimal(38, 30)
        )) as {{ double() }}) as tail
    from terms
    group by test
),

tested as (
    select
        shaped.*,
        case when tails.tail is null then 1.0 else least(1.0, tails.tail) end as signal_p_value
    from shaped
    left join tails on shaped.test = tails.test
),

discovered as (
    select
        *,
        {{ nps_discovery_bound('signal_p_value', family) }} as discovery_bound
    from tested
),

corrected as (
    select
        *,
        {{ nps_q_value('discovery_bound', 'signal_p_value', family) }} as signal_q_value
    from discovered
)

select
    {{ key | join(',\n    ') }},
    observed,
    exposure,
    expected,
    strength,
    signal_p_value,
    signal_q_value,
    case
        when signal_q_value <= {{ integrity_level() }} then 'signal'
        else 'not distinguishable'
    end as verdict
from corrected

-- Fails with each group whose score, variance, standard error or interval differs from the numbers worked
-- out by hand (scores on -1..1; Rocks 2016): with any change of macros/nps_statistics.sql that changes one.
{% set tolerance = '0.000001' -%}
{% set worked = [
    [1, 2, 3, 0.333333, 0.555556, 0.304290, -0.267433, 0.711877],
    [0, 1, 1, 0.5, 0.25, 0.353553, -0.394487, 0.794487],
    [1, 1, 1, 0, 0.666667, 0.471405, -0.611126, 0.611126],
    [1, 0, 1, 0, 1, 0.707107, -0.733351, 0.733351],
    [0, 0, 10, 1, 0, 0, 0.475036, 1],
    [2, 0, 9, 0.636364, 0.595041, 0.232583, 0.080008, 0.919992],
    [30, 30, 40, 0.10, 0.69, 0.083066, -0.062719, 0.256894],
    [54, 108, 162, 0.333333, 0.555556, 0.041409, 0.249453, 0.411098]
] -%}

with worked as (
    {% for detractors, passives, promoters, score, variance, standard_error, low, high in worked %}
        select
            {{ detractors }} as detractors,
            {{ promoters }} as promoters,
            {{ detractors + passives + promoters }} as responses,
            cast({{ score }} as {{ double() }}) as score,
            cast({{ variance }} as {{ double() }}) as variance,
            cast({{ standard_error }} as {{ double() }}) as standard_error,
            cast({{ low }} as {{ double() }}) as low,
            cast({{ high }} as {{ double() }}) as high
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

calculated as (
    select
        *,
        {{ nps_score('promoters', 'detractors', 'responses') }} / 100 as calculated_score,
        {{ nps_variance('promoters', 'detractors', 'responses') }} as calculated_variance,
        {{ nps_standard_error('promoters', 'detractors', 'responses') }} / 100 as calculated_standard_error,
        {{ nps_interval_bound('promoters', 'detractors', 'responses', '-') }} / 100 as calculated_low,
        {{ nps_interval_bound('promoters', 'detractors', 'responses', '+') }} / 100 as calculated_high
    from worked
),

final as (
    select * from calculated
    where
        abs(calculated_score - score) > {{ tolerance }}
        or abs(calculated_variance - variance) > {{ tolerance }}
        or abs(calculated_standard_error - standard_error) > {{ tolerance }}
        or abs(calculated_low - low) > {{ tolerance }}
        or abs(calculated_high - high) > {{ tolerance }}
)

select * from final

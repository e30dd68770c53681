{#- The statistics of shares, ratios and risks, written once. Arguments are SQL expressions; results are doubles, not
    rounded. Sums are of decimals, so that no order of summing can change a digit. -#}

{#- Wilson 1927, clipped to 0..1. -#}
{% macro wilson_bound(count, total, side) -%}
    greatest(0, least(1,
        (
            {{ count }} + {{ nps_z() }} * {{ nps_z() }} / 2
            {{ side }} {{ nps_z() }} * sqrt(
                cast({{ count }} as {{ double() }}) * ({{ total }} - {{ count }}) / {{ total }} + {{ nps_z() }} * {{ nps_z() }} / 4
            )
        ) / ({{ total }} + {{ nps_z() }} * {{ nps_z() }})
    ))
{%- endmacro %}

{#- Standard error of a ratio of two sums over clusters, from the sum of their squared residuals. -#}
{% macro ratio_standard_error(spread, before, clusters) -%}
    sqrt({{ spread }} * {{ clusters }} / ({{ clusters }} - 1)) / cast({{ before }} as {{ double() }})
{%- endmacro %}

{% macro sum_of_squares(kept, ratio, before) -%}
    cast(
        sum(
            cast(
                power(cast({{ kept }} as {{ double() }}) - {{ ratio }} * cast({{ before }} as {{ double() }}), 2)
                as decimal(38, 18)
            )
        ) as {{ double() }}
    )
{%- endmacro %}

{#- Katz 1978. -#}
{% macro log_risk_ratio_standard_error(count, total, reference_count, reference_total) -%}
    sqrt(
        1 / cast({{ count }} as {{ double() }}) - 1 / cast({{ total }} as {{ double() }})
        + 1 / cast({{ reference_count }} as {{ double() }}) - 1 / cast({{ reference_total }} as {{ double() }})
    )
{%- endmacro %}

{% macro log_bound(ratio, standard_error, side) -%}
    exp(ln({{ ratio }}) {{ side }} {{ nps_z() }} * {{ standard_error }})
{%- endmacro %}

{#- Mantel and Haenszel's odds ratio, and the standard error of its logarithm over clusters (Liang 1985): sums of the
    clusters' parts in its numerator (agreeing) and denominator (disagreeing), their squares and products. Each pair is in the
    parts of two clusters, so the sums are halved; the squares are not. With few clusters it is larger, as for ratios. -#}
{% macro clustered_odds_ratio() -%}
    case when agreeing > 0 and disagreeing > 0 then agreeing / disagreeing end
{%- endmacro %}

{% macro clustered_odds_ratio_error(clusters) -%}
    case
        when agreeing > 0 and disagreeing > 0
            then sqrt(greatest(0,
                agreeing_squares / (agreeing * agreeing)
                - 2 * products / (agreeing * disagreeing)
                + disagreeing_squares / (disagreeing * disagreeing)
            ) * {{ clusters }} / ({{ clusters }} - 1))
    end
{%- endmacro %}

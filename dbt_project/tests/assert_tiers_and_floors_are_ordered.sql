-- Fails with each minimum that is not above that of the place below it, and with a version whose lowest
-- threshold is not 0. The place of a tier is its tier_order, that of a floor is how much is shown from
-- there on.
{{ config(meta={'dagster': {'ref': {'name': 'customer_value_tiers'}}}) }}
{% set shown_in_order = ['suppressed', 'interval_only', 'indicative', 'reportable'] -%}

with thresholds as (
    select
        definition_version,
        'customer_value_tiers' as seed,
        customer_value_tier as threshold_name,
        cast(minimum_amount as decimal(18, 4)) as minimum,
        tier_order as place
    from {{ ref('customer_value_tiers') }}
    union all
    select
        definition_version,
        'reportability_floors' as seed,
        reportability as threshold_name,
        cast(minimum_responses as decimal(18, 4)) as minimum,
        case reportability
            {% for label in shown_in_order %}
                when '{{ label }}' then {{ loop.index }}
            {% endfor %}
        end as place
    from {{ ref('reportability_floors') }}
),

neighbours as (
    select
        definition_version,
        seed,
        threshold_name,
        minimum,
        place,
        lag(minimum) over (partition by definition_version, seed order by place, minimum) as lower_minimum,
        lag(place) over (partition by definition_version, seed order by place, minimum) as lower_place
    from thresholds
),

final as (
    select * from neighbours
    where
        minimum <= lower_minimum
        or place = lower_place
        or (lower_minimum is null and minimum <> 0)
)

select * from final

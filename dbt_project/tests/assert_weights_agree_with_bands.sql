-- Fails with each score whose weight is not its band's, or that weighs less than the score below it.
with weighed as (
    select
        definition_version,
        score,
        nps_band,
        nps_weight,
        case nps_band
            when 'promoter' then 100
            when 'passive' then 0
            when 'detractor' then -100
        end as band_weight,
        lag(nps_weight) over (partition by definition_version order by score) as lower_weight
    from {{ ref('nps_score_bands') }}
),

final as (
    select * from weighed
    where band_weight is null or nps_weight <> band_weight or nps_weight < lower_weight
)

select * from final

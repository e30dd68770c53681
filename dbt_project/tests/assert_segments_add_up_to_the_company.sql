-- Fails with each period in which the members of some segment together are not the company's counts or
-- fingerprints: an answer is in no member, in two, or as another one.
with segments as (
    select
        survey_type,
        measure,
        period_grain,
        period_start,
        period_end,
        definition_version,
        segment,
        sum(promoters) as promoters,
        sum(passives) as passives,
        sum(detractors) as detractors,
        sum(answers_fingerprint) as answers_fingerprint
    from {{ ref('fct_nps_cells') }}
    group by survey_type, measure, period_grain, period_start, period_end, definition_version, segment
),

compared as (
    select
        survey_type,
        measure,
        period_grain,
        period_start,
        period_end,
        definition_version,
        count(*) as segments,
        max(promoters) - min(promoters) as promoters_off,
        max(passives) - min(passives) as passives_off,
        max(detractors) - min(detractors) as detractors_off,
        max(answers_fingerprint) - min(answers_fingerprint) as fingerprints_off
    from segments
    group by survey_type, measure, period_grain, period_start, period_end, definition_version
),

final as (
    select * from compared
    where
        segments <> {{ nps_segments() | length }}
        or promoters_off <> 0
        or passives_off <> 0
        or detractors_off <> 0
        or fingerprints_off <> 0
)

select * from final

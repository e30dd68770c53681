{#- What the measure current_state counts: at the end of each trailing year, each person's latest answer of
    the survey type. An answer is current at the ends after its own date and before `current_until`; answers
    are gathered by the first and the last of these ends before they are counted at each of them. -#}
{% set keys = ['survey_type', 'definition_version'] -%}

with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
),

periods as (
    select * from {{ ref('dim_periods') }}
),

{{ current_stays() }},

gathered as (
    select
        stays.first_end,
        stays.last_end,
        answers.survey_type,
        answers.definition_version,
        {{ nps_dimension_columns('answers') }},
        sum(case when answers.nps_band = 'promoter' then 1 else 0 end) as promoters,
        sum(case when answers.nps_band = 'passive' then 1 else 0 end) as passives,
        sum(case when answers.nps_band = 'detractor' then 1 else 0 end) as detractors,
        count(*) as responses,
        sum(answers.answer_fingerprint) as answers_fingerprint
    from answers
    inner join stays
        on
            answers.response_date = stays.response_date
            and answers.current_until = stays.current_until
    group by
        stays.first_end,
        stays.last_end,
        answers.survey_type,
        answers.definition_version,
        {{ nps_dimension_columns('answers') }}
),

segmented_counts as (
    {{ nps_segmented('gathered', nps_counted_segments(), ['first_end', 'last_end'] + keys, nps_counts()) }}
)

select
    segmented_counts.survey_type,
    spanned_ends.period_start as window_start,
    spanned_ends.period_end as window_end,
    segmented_counts.segment,
    {{ nps_dimension_columns('segmented_counts') }},
    segmented_counts.definition_version,
    {{ summed('segmented_counts', nps_counts()) }}
from segmented_counts
inner join spanned_ends
    on
        segmented_counts.first_end = spanned_ends.first_end
        and segmented_counts.last_end = spanned_ends.last_end
group by
    segmented_counts.survey_type,
    spanned_ends.period_start,
    spanned_ends.period_end,
    segmented_counts.segment,
    {{ nps_dimension_columns('segmented_counts') }},
    segmented_counts.definition_version

{#- What the measure in_period counts: every answer dated in a window. Windows are the periods and, for the
    change, the ones before them. -#}
{% set keys = ['survey_type', 'definition_version'] -%}

with daily as (
    select * from {{ ref('fct_nps_daily') }}
),

slices as (
    select * from {{ ref('dim_period_slices') }}
),

{{ sliced_dates('daily', 'response_date', 'slices') }},

sliced_counts as (
    select
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {{ nps_dimension_columns('daily') }},
        {{ summed('daily', nps_counts()) }}
    from daily
    inner join sliced_dates on daily.response_date = sliced_dates.response_date
    group by
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {{ nps_dimension_columns('daily') }}
),

segmented_counts as (
    {{ nps_segmented('sliced_counts', nps_counted_segments(), ['slice_start'] + keys, nps_counts()) }}
)

-- strata are weighted in the periods only, not in the windows before them
select
    segmented_counts.survey_type,
    slices.window_start,
    slices.window_end,
    segmented_counts.segment,
    {{ nps_dimension_columns('segmented_counts') }},
    segmented_counts.definition_version,
    {{ summed('segmented_counts', nps_counts()) }}
from segmented_counts
inner join slices on segmented_counts.slice_start = slices.slice_start
where
    slices.is_period
    or segmented_counts.segment in (
        {{ nps_segment_names() }}
    )
group by
    segmented_counts.survey_type,
    slices.window_start,
    slices.window_end,
    segmented_counts.segment,
    {{ nps_dimension_columns('segmented_counts') }},
    segmented_counts.definition_version

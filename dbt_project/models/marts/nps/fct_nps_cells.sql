{#- Counts per period and segment, before any suppression. Days are first gathered into slices, the stretches
    between neighbouring period boundaries: every period is a whole number of slices, so a day is read once
    a segment and not once for each of the twenty periods it lies in. -#}

with daily as (
    select * from {{ ref('fct_nps_daily') }}
),

periods as (
    select * from {{ ref('dim_periods') }}
),

boundaries as (
    select period_start as boundary from periods
    union
    select period_end as boundary from periods
),

slices as (
    select
        boundary as slice_start,
        lead(boundary) over (order by boundary) as slice_end
    from boundaries
),

dates as (
    select distinct response_date from daily
),

sliced_dates as (
    select
        dates.response_date,
        slices.slice_start
    from dates
    inner join slices
        on dates.response_date >= slices.slice_start and dates.response_date < slices.slice_end
),

sliced_periods as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        slices.slice_start
    from periods
    inner join slices
        on periods.period_start <= slices.slice_start and periods.period_end > slices.slice_start
),

sliced_counts as (
    select
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {{ nps_dimension_columns('daily') }},
        sum(daily.promoters) as promoters,
        sum(daily.passives) as passives,
        sum(daily.detractors) as detractors,
        sum(daily.responses) as responses
    from daily
    inner join sliced_dates on daily.response_date = sliced_dates.response_date
    group by
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {{ nps_dimension_columns('daily') }}
),

segmented_counts as (
    {% for segment, split_by in nps_segments().items() %}
        select
            '{{ segment }}' as segment,
            slice_start,
            survey_type,
            definition_version,
            {{ nps_split_columns(split_by) }},
            sum(promoters) as promoters,
            sum(passives) as passives,
            sum(detractors) as detractors,
            sum(responses) as responses
        from sliced_counts
        group by
            {{ (['slice_start', 'survey_type', 'definition_version'] + split_by) | join(', ') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        segmented_counts.survey_type,
        'in_period' as measure,
        sliced_periods.period_grain,
        sliced_periods.period_start,
        sliced_periods.period_end,
        segmented_counts.segment,
        {{ nps_dimension_columns('segmented_counts') }},
        segmented_counts.definition_version,
        cast(sum(segmented_counts.promoters) as bigint) as promoters,
        cast(sum(segmented_counts.passives) as bigint) as passives,
        cast(sum(segmented_counts.detractors) as bigint) as detractors,
        cast(sum(segmented_counts.responses) as bigint) as responses
    from segmented_counts
    inner join sliced_periods on segmented_counts.slice_start = sliced_periods.slice_start
    group by
        segmented_counts.survey_type,
        sliced_periods.period_grain,
        sliced_periods.period_start,
        sliced_periods.period_end,
        segmented_counts.segment,
        {{ nps_dimension_columns('segmented_counts') }},
        segmented_counts.definition_version
)

select * from final

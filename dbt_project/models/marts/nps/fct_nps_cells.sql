{#- Counts per period and segment, before any suppression. Days are first gathered into slices, the stretches
    between neighbouring period boundaries: every period is a whole number of slices, so a day is read once
    a segment and not once for each of the twenty periods it lies in. -#}
{% set counts = ['promoters', 'passives', 'detractors', 'responses'] -%}

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

sliced_dates as (
    select
        dates.response_date,
        slices.slice_start
    from (select distinct response_date from daily) as dates
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
        on slices.slice_start >= periods.period_start and slices.slice_start < periods.period_end
),

sliced_counts as (
    select
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {% for dimension in nps_dimensions() -%}
        daily.{{ dimension }},
        {% endfor -%}
        {% for count in counts -%}
        sum(daily.{{ count }}) as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
    from daily
    inner join sliced_dates on daily.response_date = sliced_dates.response_date
    group by
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        daily.{{ nps_dimensions() | join(',\n        daily.') }}
),

segmented_counts as (
    {% for segment, split_by in nps_segments().items() -%}
    select
        '{{ segment }}' as segment,
        slice_start,
        survey_type,
        definition_version,
        {% for dimension in nps_dimensions() -%}
        {{ dimension if dimension in split_by else "'(all)'" }} as {{ dimension }},
        {% endfor -%}
        {% for count in counts -%}
        sum({{ count }}) as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
    from sliced_counts
    group by
        {{ (['slice_start', 'survey_type', 'definition_version'] + split_by) | join(',\n        ') }}
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
        {% for dimension in nps_dimensions() -%}
        segmented_counts.{{ dimension }},
        {% endfor -%}
        segmented_counts.definition_version,
        {% for count in counts -%}
        cast(sum(segmented_counts.{{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
    from segmented_counts
    inner join sliced_periods on segmented_counts.slice_start = sliced_periods.slice_start
    group by
        segmented_counts.survey_type,
        sliced_periods.period_grain,
        sliced_periods.period_start,
        sliced_periods.period_end,
        segmented_counts.segment,
        segmented_counts.{{ nps_dimensions() | join(',\n        segmented_counts.') }},
        segmented_counts.definition_version
)

select * from final

-- The published segments of both measures, under the names of their periods, before any suppression.
with windows as (
    select
        'in_period' as measure,
        *
    from {{ ref('fct_nps_windows') }}
    union all
    select
        'current_state' as measure,
        *
    from {{ ref('fct_nps_current_states') }}
)

select
    windows.survey_type,
    windows.measure,
    periods.period_grain,
    periods.period_start,
    periods.period_end,
    windows.segment,
    {{ nps_dimension_columns('windows') }},
    windows.definition_version,
    {{ qualified('windows', nps_counts()) }}
from windows
inner join {{ ref('dim_periods') }} as periods
    on windows.window_start = periods.period_start and windows.window_end = periods.period_end
where
    windows.segment in (
        {{ nps_segment_names() }}
    )
    -- a person has one current state, seen over a year; another grain may have the same days
    and (windows.measure = 'in_period' or periods.period_grain = 'trailing_365d')

{#- The stretches between neighbouring boundaries of the windows that are counted: every window is a whole
    number of slices, so a day is read once a segment and not once for each of the windows it lies in. -#}

with named_windows as (
    select
        period_start as window_start,
        period_end as window_end,
        1 as is_period
    from {{ ref('dim_periods') }}
    union all
    select
        previous_start as window_start,
        previous_end as window_end,
        0 as is_period
    from {{ ref('dim_periods') }}
    where previous_start is not null
),

-- one window may be several periods, or a period and the one before another
windows as (
    select
        window_start,
        window_end,
        max(is_period) = 1 as is_period
    from named_windows
    group by window_start, window_end
),

boundaries as (
    select window_start as boundary from windows
    union distinct
    select window_end as boundary from windows
),

slices as (
    select
        boundary as slice_start,
        lead(boundary) over (order by boundary) as slice_end
    from boundaries
)

select
    slices.slice_start,
    slices.slice_end,
    windows.window_start,
    windows.window_end,
    windows.is_period
from slices
inner join windows
    on slices.slice_start >= windows.window_start and slices.slice_end <= windows.window_end

-- When each calendar is open, as moments, and how many seconds of opening lie before. A business hour is an
-- hour of these, so that zones, summer time and days off are decided here alone.
with days as (
    select
        date_day,
        case mod({{ dbt.datediff("cast('1900-01-01' as date)", 'date_day', 'day') }}, 7)
            when 0 then 'monday'
            when 1 then 'tuesday'
            when 2 then 'wednesday'
            when 3 then 'thursday'
            when 4 then 'friday'
            when 5 then 'saturday'
            else 'sunday'
        end as day_name
    from {{ ref('dim_dates') }}
),

-- a day earlier it may still be the first day of the rules somewhere
needed as (
    select cast({{ dbt.dateadd('day', -2, 'min(valid_from)') }} as date) as first_day
    from {{ ref('follow_up_rules') }}
),

calendars as (
    select
        branch,
        time_zone,
        weekday,
        {{ minutes_of_clock('opens') }} as opens,
        {{ minutes_of_clock('closes') }} as closes
    from {{ ref('branch_calendars') }}
),

kept as (
    select
        calendars.branch,
        calendars.time_zone,
        calendars.opens,
        calendars.closes,
        days.date_day,
        cast(days.date_day as timestamp) as midnight
    from needed
    inner join days on needed.first_day <= days.date_day
    inner join calendars on days.day_name = calendars.weekday
    left join {{ ref('holidays') }} as everywhere
        on days.date_day = everywhere.holiday and everywhere.branch = '*'
    left join {{ ref('holidays') }} as its_own
        on days.date_day = its_own.holiday and calendars.branch = its_own.branch
    where everywhere.branch is null and its_own.branch is null
),

on_the_wall as (
    select
        branch,
        time_zone,
        date_day,
        {{ dbt.dateadd('minute', 'opens', 'midnight') }} as opens,
        {{ dbt.dateadd('minute', 'closes', 'midnight') }} as closes
    from kept
),

openings as (
    select
        branch,
        time_zone,
        date_day,
        {{ utc_moment('opens', 'time_zone') }} as opens_at,
        {{ utc_moment('closes', 'time_zone') }} as closes_at
    from on_the_wall
),

measured as (
    select
        *,
        {{ dbt.datediff('opens_at', 'closes_at', 'second') }} as open_seconds -- noqa: LT05
    from openings
    -- what clocks skip altogether
    where opens_at < closes_at
)

select
    branch,
    opens_at,
    closes_at,
    time_zone,
    date_day,
    coalesce(
        lag(closes_at) over (partition by branch order by opens_at), cast('1900-01-01' as timestamp)
    ) as closed_since,
    cast(sum(open_seconds) over (
        partition by branch order by opens_at rows between unbounded preceding and current row
    ) - open_seconds as bigint) as seconds_before,
    cast(sum(open_seconds) over (
        partition by branch order by opens_at rows between unbounded preceding and current row
    ) as bigint) as seconds_through
from measured

{#- A hundred years of months: the first definition is in force from 2000-01-01. -#}
{% set months_at_most = 1200 -%}

with numbers as (
    {{ dbt.generate_series(months_at_most) | indent(4) }}
),

observed as (
    select
        min(response_date) as first_date,
        {{ dbt.date_trunc('month', 'min(response_date)') }} as first_month,
        cast({{ as_of() }} as date) as as_of_date
    from {{ ref('fct_nps_daily') }}
),

months as (
    select
        observed.first_date,
        observed.as_of_date,
        cast({{ dbt.dateadd('month', 'numbers.generated_number - 1', 'observed.first_month') }} as date)
            as month_start
    from observed
    cross join numbers
    where observed.first_date is not null
),

-- a calendar period is whole even where as-of falls inside it
calendar_periods as (
    {% for grain, months in nps_calendar_grains().items() %}
        select distinct
            '{{ grain }}' as period_grain,
            cast({{ dbt.date_trunc(grain, 'month_start') }} as date) as period_start,
            cast(
                {{ dbt.dateadd('month', months, dbt.date_trunc(grain, 'month_start')) }} as date
            ) as period_end
        from months
        where month_start < as_of_date
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

trailing_ends as (
    select month_start as period_end
    from months
    where month_start > first_date and month_start <= as_of_date
    union distinct
    select as_of_date as period_end
    from months
    where first_date < as_of_date
),

trailing_periods as (
    {% for grain, days in nps_trailing_grains().items() %}
        select
            '{{ grain }}' as period_grain,
            cast({{ dbt.dateadd('day', -days, 'period_end') }} as date) as period_start,
            period_end
        from trailing_ends
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

all_time as (
    select
        'all_time' as period_grain,
        first_date as period_start,
        as_of_date as period_end
    from observed
    where first_date is not null
),

periods as (
    select * from calendar_periods
    union all
    select * from trailing_periods
    union all
    select * from all_time
)

-- the calendar period before, or the window of the same length that ends where this one begins
select
    period_grain,
    period_start,
    period_end,
    case period_grain
        {% for grain, months in nps_calendar_grains().items() %}
            when '{{ grain }}' then cast({{ dbt.dateadd('month', -months, 'period_start') }} as date)
        {% endfor %}
        {% for grain, days in nps_trailing_grains().items() %}
            when '{{ grain }}' then cast({{ dbt.dateadd('day', -days, 'period_start') }} as date)
        {% endfor %}
    end as previous_start,
    case when period_grain <> 'all_time' then period_start end as previous_end,
    least(period_end, cast({{ as_of() }} as date)) as standing_date
from periods

{#- A hundred years of months: the first definition is in force from 2000-01-01. -#}
{% set months_at_most = 1200 -%}

with numbers as (
    {{ dbt.generate_series(months_at_most) | indent(4) }}
),

observed as (
    select
        min(response_date) as first_date,
        cast({{ as_of() }} as date) as as_of_date
    from {{ ref('fct_nps_daily') }}
),

months as (
    select
        observed.first_date,
        observed.as_of_date,
        cast(
            {{ dbt.dateadd('month', 'numbers.generated_number - 1', dbt.date_trunc('month', 'observed.first_date')) }}
            as date
        ) as month_start
    from observed
    cross join numbers
    where observed.first_date is not null
),

-- a calendar period is whole even where as-of falls inside it
{% for grain in nps_calendar_grains() -%}
{{ grain }}_starts as (
    select distinct cast({{ dbt.date_trunc(grain, 'month_start') }} as date) as period_start
    from months
    where month_start < as_of_date
),

{% endfor -%}
trailing_ends as (
    select month_start as period_end
    from months
    where month_start > first_date and month_start <= as_of_date
    union
    select as_of_date as period_end
    from months
    where first_date < as_of_date
),

final as (
    {% for grain in nps_calendar_grains() -%}
    select
        '{{ grain }}' as period_grain,
        period_start,
        cast({{ dbt.dateadd(grain, 1, 'period_start') }} as date) as period_end
    from {{ grain }}_starts
    union all
    {% endfor -%}
    {% for grain, days in nps_trailing_grains().items() -%}
    select
        '{{ grain }}' as period_grain,
        cast({{ dbt.dateadd('day', -days, 'period_end') }} as date) as period_start,
        period_end
    from trailing_ends
    union all
    {% endfor -%}
    select
        'all_time' as period_grain,
        first_date as period_start,
        as_of_date as period_end
    from observed
    where first_date is not null
)

select * from final

with dates as (
    select * from {{ ref('dim_dates') }}
),

observed as (
    select min(response_date) as first_date
    from {{ ref('fct_nps_daily') }}
),

final as (
    select dates.date_day
    from dates
    inner join observed on dates.date_day >= observed.first_date
    where dates.date_day < cast({{ as_of() }} as date)
)

select * from final

with observed as (
    select min(response_date) as first_date
    from {{ ref('fct_nps_daily') }}
)

select dates.date_day
from {{ ref('dim_dates') }} as dates
inner join observed on dates.date_day >= observed.first_date
where dates.date_day < cast({{ as_of() }} as date)

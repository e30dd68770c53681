{#- From the first day a survey programme may reach back to, to the end of the year after as-of. -#}
{% set last_year = as_of_date()[:4] | int + 1 %}
{% set date = modules.datetime.date %}
{% set number_of_days = (date(last_year + 1, 1, 1) - date(2000, 1, 1)).days %}

with numbers as (
    {{ dbt.generate_series(number_of_days) | indent(4) }}
),

days as (
    select
        cast({{ dbt.dateadd('day', 'generated_number - 1', "cast('2000-01-01' as date)") }} as date)
            as date_day
    from numbers
)

select
    date_day,
    cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start_date,
    cast({{ dbt.date_trunc('quarter', 'date_day') }} as date) as quarter_start_date,
    cast({{ dbt.date_trunc('year', 'date_day') }} as date) as year_start_date,
    cast(extract(year from date_day) as integer) as calendar_year,
    cast(extract(quarter from date_day) as integer) as calendar_quarter,
    cast(extract(month from date_day) as integer) as calendar_month
from days

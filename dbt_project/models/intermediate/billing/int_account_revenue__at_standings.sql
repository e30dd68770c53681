-- The dates: the first of every month from that of the first counted answer or invitation on, and as-of.
{% set months_at_most = 1200 -%}

with numbers as (
    {{ dbt.generate_series(months_at_most) | indent(4) }}
),

events as (
    select responded_at as happened_at
    from {{ ref('int_survey_answers__dispositioned') }}
    where is_counted
    union all
    select sent_at as happened_at
    from {{ ref('int_survey_invitations__current') }}
    where sent_at < {{ as_of() }}
),

observed as (
    select {{ dbt.date_trunc('month', 'min(happened_at)') }} as first_month
    from events
),

standing_dates as (
    select
        cast({{ dbt.dateadd('month', 'numbers.generated_number - 1', 'observed.first_month') }} as date)
            as standing_date
    from observed
    cross join numbers
    where observed.first_month is not null
    union distinct
    select cast({{ as_of() }} as date) as standing_date
    from observed
    where first_month is not null
),

revenue as (
    select * from {{ ref('int_revenue__recognised') }}
    where account_key is not null
),

accounts as (
    select distinct account_key
    from revenue
),

moments as (
    select
        accounts.account_key,
        cast(standing_dates.standing_date as timestamp) as standing_at
    from accounts
    cross join standing_dates
    where standing_dates.standing_date <= cast({{ as_of() }} as date)
),

{{ trailing_revenue('standing_at') }}

select
    account_key,
    cast(standing_at as date) as standing_date,
    trailing_revenue_amount
from trailing_revenue
where trailing_revenue_amount > 0

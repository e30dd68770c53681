with moments as (
    select distinct
        account_key,
        responded_at
    from {{ ref('int_survey_answers__identified') }}
    where
        account_key is not null
        and responded_at is not null
),

revenue as (
    select * from {{ ref('int_revenue__recognised') }}
    where account_key is not null
),

{{ trailing_revenue('responded_at') }}

select
    account_key,
    responded_at,
    trailing_revenue_amount
from trailing_revenue

-- What is stated a month is worth that. Else a whole number of months is divided by it; the rest of a month
-- counts as if it were the whole of it; anything else is its daily amount times 365 / 12.
with lines as (
    select
        coalesce(account_key, given_account_key, 'Unassigned') as account_key,
        account_key is not null as is_known_account,
        source,
        document_id,
        recognised_from as recurring_from,
        recurring_to,
        amount,
        monthly_amount as stated_amount,
        cast(recognised_from as date) as first_day,
        cast(recognised_to as date) as end_day,
        {{ duration('period_length', 'recognised_from', 'recognised_to') }}
    from {{ ref('int_revenue__recognised') }}
    where recognised_from < recognised_to and recognised_from < recurring_to
),

measured as (
    select
        *,
        {{ whole_months('first_day', 'end_day') }} as months,
        {{ days_in_month('first_day') }} as days_of_month
    from lines
),

valued as (
    select
        *,
        case
            when months > 0 then cast(amount as {{ double() }}) / months
            when period_length < 2678400000000
                then
                    cast(amount as {{ double() }})
                    * (days_of_month * cast(86400000000 as {{ double() }})) / period_length
            else cast(amount as {{ double() }}) * cast(2628000000000 as {{ double() }}) / period_length
        end as worth
    from measured
)

select
    account_key,
    is_known_account,
    source,
    document_id,
    recurring_from,
    recurring_to,
    coalesce(stated_amount, {{ to_the_millionth('worth') }}) as monthly_amount
from valued

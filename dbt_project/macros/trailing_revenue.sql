{% macro trailing_revenue(moment) -%}
{#- Half-open on both sides: a document counts inside [moment - 365 days, moment). -#}
windows as (
    select
        account_key,
        {{ moment }},
        {{ dbt.dateadd('day', -365, moment) }} as window_start
    from moments
),

revenue_in_window as (
    select
        windows.account_key,
        windows.{{ moment }},
        revenue.amount,
        revenue.recognised_from,
        revenue.recognised_to,
        greatest(revenue.recognised_from, windows.window_start) as overlap_from,
        least(revenue.recognised_to, windows.{{ moment }}) as overlap_to
    from windows
    inner join revenue
        on
            windows.account_key = revenue.account_key
            and windows.{{ moment }} > revenue.recognised_from
            and windows.window_start <= revenue.recognised_to
),

lengths as (
    select
        account_key,
        {{ moment }},
        amount,
        {{ microseconds_between('recognised_from', 'recognised_to') }} as period_length,
        {{ microseconds_between('overlap_from', 'overlap_to') }} as overlap_length
    from revenue_in_window
),

-- A moment has no length and counts whole. Each share is fixed to a millionth before the sum, so that
-- the order of summing cannot change the result.
shares as (
    select
        account_key,
        {{ moment }},
        case
            when period_length = 0 then amount
            else cast(cast(amount as {{ double() }}) * overlap_length / period_length as decimal(18, 6))
        end as recognised_amount
    from lengths
),

trailing_revenue as (
    select
        account_key,
        {{ moment }},
        cast(sum(recognised_amount) as decimal(18, 4)) as trailing_revenue_amount
    from shares
    group by account_key, {{ moment }}
)
{%- endmacro %}

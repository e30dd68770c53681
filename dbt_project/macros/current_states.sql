{% macro current_stays() -%}
ends as (
    select
        period_start,
        period_end,
        row_number() over (order by period_end) as end_number
    from periods
    where period_grain = 'trailing_365d'
),

distinct_stays as (
    select distinct
        response_date,
        current_until
    from answers
),

stays as (
    select
        distinct_stays.response_date,
        distinct_stays.current_until,
        min(ends.end_number) as first_end,
        max(ends.end_number) as last_end
    from distinct_stays
    inner join ends
        on distinct_stays.response_date < ends.period_end and distinct_stays.current_until > ends.period_end
    group by distinct_stays.response_date, distinct_stays.current_until
),

spans as (
    select distinct
        first_end,
        last_end
    from stays
),

spanned_ends as (
    select
        spans.first_end,
        spans.last_end,
        ends.period_start,
        ends.period_end
    from spans
    inner join ends on spans.first_end <= ends.end_number and spans.last_end >= ends.end_number
)
{%- endmacro %}

with answers as (
    select
        answer_key,
        account_key,
        responded_at
    from {{ ref('fct_survey_responses') }}
    where account_key is not null
),

moments as (
    select distinct
        account_key,
        responded_at
    from answers
),

opened as (
    select
        moments.account_key,
        moments.responded_at,
        count(*) as tickets_90d
    from moments
    inner join {{ ref('fct_support_tickets') }} as tickets
        on
            moments.account_key = tickets.account_key
            and moments.responded_at > tickets.opened_at
            and tickets.opened_at >= {{ dbt.dateadd('day', -90, 'moments.responded_at') }}
    group by moments.account_key, moments.responded_at
),

still_open as (
    select
        moments.account_key,
        moments.responded_at,
        count(distinct tickets.ticket_key) as tickets_open
    from moments
    inner join {{ ref('fct_support_tickets') }} as tickets
        on moments.account_key = tickets.account_key
    inner join {{ ref('int_ticket_statuses__dated') }} as statuses
        on
            tickets.ticket_key = statuses.ticket_key
            and moments.responded_at > statuses.valid_from
            and moments.responded_at <= statuses.valid_to
    where statuses.is_open
    group by moments.account_key, moments.responded_at
)

select
    answers.answer_key,
    answers.account_key,
    answers.responded_at,
    coalesce(still_open.tickets_open, 0) as tickets_open,
    coalesce(opened.tickets_90d, 0) as tickets_90d,
    case
        when coalesce(opened.tickets_90d, 0) = 0 then 'none'
        when opened.tickets_90d <= 2 then '1-2'
        else '3 or more'
    end as tickets_90d_band
from answers
left join opened
    on answers.account_key = opened.account_key and answers.responded_at = opened.responded_at
left join still_open
    on answers.account_key = still_open.account_key and answers.responded_at = still_open.responded_at

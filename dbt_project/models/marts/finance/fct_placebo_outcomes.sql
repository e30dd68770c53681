-- Two placebos, over the windows of fct_account_outcomes: in neither can what an account had said matter.
{% set look = ['survey_type', 'horizon_days', 'index_date'] -%}
{% set group = look + ['customer_value_tier', 'tenure'] -%}
{% set kept = look + ['account_key', 'customer_value_tier', 'tenure', 'region', 'mrr_before', 'mrr_after'] -%}

with windows as (
    select
        *,
        {{ placebo_days_later() }} as days_later
    from {{ ref('fct_account_outcomes') }}
),

-- the band at the first look whose answers are all later than the window
later as (
    select
        {{ qualified('windows', kept) }},
        looks.band,
        windows.mrr_after < windows.mrr_before as is_lost,
        row_number() over (
            partition by windows.survey_type, windows.horizon_days, windows.account_key
            order by windows.index_date desc
        ) as place
    from windows
    inner join windows as looks
        on
            {{ same('windows', 'looks', ['survey_type', 'horizon_days', 'account_key']) }}
            and looks.index_date
            = cast({{ dbt.dateadd('day', 'windows.days_later', 'windows.index_date') }} as date)
    where windows.is_complete
),

-- each account once: who pays less in one window often does so in the next
earlier as (
    select
        'earlier' as placebo,
        {{ kept | join(',\n        ') }},
        band,
        is_lost
    from later
    where place = 1
),

-- by hashes, so that every engine draws the same
drawn as (
    select
        *,
        row_number() over (
            partition by {{ group | join(', ') }}
            order by {{ placebo_draw('takes') }}, account_key
        ) as takes,
        row_number() over (
            partition by {{ group | join(', ') }}
            order by {{ placebo_draw('gives') }}, account_key
        ) as gives
    from windows
    where is_complete
),

permuted as (
    select
        'permuted' as placebo,
        {{ qualified('drawn', kept) }},
        givers.band,
        drawn.is_churned as is_lost
    from drawn
    inner join drawn as givers
        on
            {{ same('drawn', 'givers', group) }}
            and drawn.takes = givers.gives
)

select * from earlier
union all
select * from permuted

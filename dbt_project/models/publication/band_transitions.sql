-- Who said what at one look and at the next, and what they pay. Of fewer accounts than the floor only
-- their number is shown.
{% set move = ['survey_type', 'horizon_days', 'window_end', 'from_band', 'to_band'] -%}

with floors as (
    {{ floor_at_as_of() }}
),

looks as (
    select * from {{ ref('fct_account_outcomes') }}
),

moves as (
    select
        looks.survey_type,
        looks.horizon_days,
        looks.window_end,
        looks.band as from_band,
        coalesce(later.band, 'left') as to_band,
        looks.mrr_before,
        looks.mrr_after
    from looks
    left join looks as later
        on
            looks.survey_type = later.survey_type
            and looks.horizon_days = later.horizon_days
            and looks.account_key = later.account_key
            and looks.window_end = later.index_date
    where looks.is_complete
),

summed as (
    select
        {{ move | join(',\n        ') }},
        cast(count(*) as bigint) as accounts, -- noqa: RF04
        cast(sum(mrr_before) as decimal(18, 6)) as mrr_before,
        cast(sum(mrr_after) as decimal(18, 6)) as mrr_after
    from moves
    group by
        {{ move | join(',\n        ') }}
)

select
    {{ move | join(',\n    ') }},
    summed.accounts,
    cast(case when summed.accounts >= floors.minimum_accounts then summed.mrr_before end as decimal(18, 6))
        as mrr_before,
    cast(case when summed.accounts >= floors.minimum_accounts then summed.mrr_after end as decimal(18, 6))
        as mrr_after
from summed
cross join floors

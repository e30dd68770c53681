-- Who said what at one look and at the next, and what they pay. Of fewer accounts than the floor only
-- their number is shown, and nothing from which their amounts follow.
{% set looked = ['survey_type', 'horizon_days', 'window_end'] -%}
{% set from_the_band = looked + ['from_band'] -%}
{% set move = looked + ['from_band', 'to_band'] -%}
{% set to_the_band = 'partition by ' ~ (looked + ['to_band']) | join(', ') -%}
{% set smaller -%}
    {{ to_the_band }}
    order by is_hidden_from desc, has_hidden desc, accounts, {{ by_digest(['from_band']) }}
    rows between unbounded preceding and 1 preceding
{%- endset -%}

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
),

-- moves from a band add up to what it paid
counted as (
    select
        summed.*,
        floors.minimum_accounts,
        {{ hidden_before(
            'summed.accounts', 'summed.accounts', 'floors.minimum_accounts', from_the_band, ['to_band']
        ) | indent(4) }} as hidden_accounts
    from summed
    cross join floors
),

judged as (
    select
        *,
        case
            when
                {{ suppression('accounts', 'minimum_accounts', 'hidden_accounts') | indent(16) }} = 'none'
                then 0
            else 1
        end as is_hidden_from
    from counted
),

beside as (
    select
        *,
        max(is_hidden_from) over (partition by {{ from_the_band | join(', ') }}) as has_hidden
    from judged
),

-- moves to a band, and who is new, are what it pays at the next look: one move alone would follow. What goes
-- with it comes from a band with hidden moves, else it would follow from that band's
withheld as (
    select
        *,
        case
            when
                to_band <> 'left'
                and max(is_hidden_from) over ({{ to_the_band }}) = 1
                and (
                    count(*) over ({{ smaller }}) < 2
                    or sum(accounts) over ({{ smaller }}) < minimum_accounts
                )
                then 1
            else is_hidden_from
        end as is_hidden
    from beside
)

select
    {{ move | join(',\n    ') }},
    accounts,
    cast(case when is_hidden = 0 then mrr_before end as decimal(18, 6)) as mrr_before,
    cast(case when is_hidden = 0 then mrr_after end as decimal(18, 6)) as mrr_after
from withheld

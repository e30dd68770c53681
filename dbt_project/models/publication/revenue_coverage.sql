-- What every band pays at as-of: of the revenue, whose opinion is known and whose is not. Of fewer accounts
-- than the confidentiality floor only their number is shown, and nothing from which their amount follows.
{% set cell = ['survey_type', 'segment'] + outcome_members() -%}
{% set beside = ['survey_type', 'segment', 'band'] -%}
{% set of_cell = '(partition by ' ~ cell | join(', ') ~ ')' -%}

with floors as (
    {{ floor_at_as_of() }}
),

-- every horizon looks at as-of
today as (
    select *
    from {{ ref('fct_account_outcomes') }}
    where not is_complete and horizon_days = {{ outcome_horizons() | first }}
),

segmented as (
    {% for segment, split_by in outcome_segments().items() %}
        select
            '{{ segment }}' as segment,
            survey_type,
            {{ outcome_split(split_by) | indent(4) }},
            band,
            mrr_before
        from today
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

bands as (
    select
        {{ cell | join(',\n        ') }},
        band,
        cast(count(*) as bigint) as accounts, -- noqa: RF04
        cast(sum(mrr_before) as decimal(18, 6)) as mrr
    from segmented
    group by
        {{ cell | join(',\n        ') }},
        band
),

-- the members of a segment add up to what the company's band pays
counted as (
    select
        bands.*,
        floors.minimum_accounts,
        {{ hidden_before(
            'bands.accounts', 'bands.accounts', 'floors.minimum_accounts', beside, outcome_members()
        ) | indent(4) }} as hidden_accounts
    from bands
    cross join floors
),

judged as (
    select
        *,
        {{ suppression('accounts', 'minimum_accounts', 'hidden_accounts') | indent(4) }} as suppression
    from counted
),

shared as (
    select
        *,
        cast(accounts as {{ double() }}) / sum(accounts) over {{ of_cell }} as accounts_share,
        cast(mrr as {{ double() }}) / cast(sum(mrr) over {{ of_cell }} as {{ double() }}) as mrr_share,
        max(case when suppression = 'none' then 0 else 1 end) over {{ of_cell }} as has_hidden
    from judged
)

-- an amount and its share tell the whole cell, and with the others what is hidden
select
    {{ cell | join(',\n    ') }},
    band,
    accounts,
    accounts_share,
    cast(case when suppression = 'none' then mrr end as decimal(18, 6)) as mrr,
    case when has_hidden = 0 then mrr_share end as mrr_share,
    suppression
from shared

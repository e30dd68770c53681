-- What every band pays at as-of: of the revenue, whose opinion is known and whose is not. Of fewer accounts
-- than the confidentiality floor only their number is shown.
{% set cell = ['survey_type', 'segment'] + outcome_members() -%}

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

shared as (
    select
        *,
        cast(accounts as double) / sum(accounts) over of_cell as accounts_share,
        cast(mrr as double) / cast(sum(mrr) over of_cell as double) as mrr_share
    from bands
    window of_cell as (partition by {{ cell | join(', ') }})
)

select
    {{ cell | join(',\n    ') }},
    shared.band,
    shared.accounts,
    shared.accounts_share,
    cast(case when shared.accounts >= floors.minimum_accounts then shared.mrr end as decimal(18, 6)) as mrr,
    case when shared.accounts >= floors.minimum_accounts then shared.mrr_share end as mrr_share
from shared
cross join floors

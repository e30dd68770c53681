-- Kaplan and Meier: an account enters a band's curve at the first look at which it has the band, and is
-- followed from look to look until it pays nothing, or to as-of. The interval is Greenwood's.
{% set days = outcome_horizons() | first -%}
{% set looks_at_most = 500 -%}
{% set curve = ['survey_type', 'band'] -%}
{% set so_far = '(partition by ' ~ curve | join(', ') ~ ' order by days)' -%}

with numbers as (
    {{ dbt.generate_series(looks_at_most) | indent(4) }}
),

windows as (
    select
        survey_type,
        account_key,
        band,
        index_date,
        window_end,
        is_churned
    from {{ ref('fct_account_outcomes') }}
    where horizon_days = {{ days }} and is_complete
),

entered as (
    select
        {{ curve | join(',\n        ') }},
        account_key,
        min(index_date) as entered_on
    from windows
    group by
        {{ curve | join(',\n        ') }},
        account_key
),

-- whether it leaves while it has the band or later: what it says afterwards is no reason to stop looking
followed as (
    select
        {{ qualified('entered', curve) }},
        entered.account_key,
        entered.entered_on,
        min(windows.window_end) as left_on
    from entered
    left join windows
        on
            entered.survey_type = windows.survey_type
            and entered.account_key = windows.account_key
            and entered.entered_on <= windows.index_date
            and windows.is_churned
    group by
        {{ qualified('entered', curve) }},
        entered.account_key,
        entered.entered_on
),

lasted as (
    select
        *,
        {{ dbt.datediff('entered_on', 'coalesce(left_on, cast(' ~ as_of() ~ ' as date))', 'day') }}
            as lasted_days
    from followed
),

observed as (
    select
        {{ qualified('lasted', curve) }},
        numbers.generated_number * {{ days }} as days, -- noqa: RF04
        lasted.left_on is not null and lasted.lasted_days = numbers.generated_number * {{ days }} as is_left,
        lasted.left_on is null and lasted.lasted_days = numbers.generated_number * {{ days }} as is_censored
    from lasted
    inner join numbers on lasted.lasted_days >= numbers.generated_number * {{ days }}
),

steps as (
    select
        {{ curve | join(',
        ') }},
        days,
        cast(count(*) as bigint) as at_risk,
        sum(case when is_left then 1 else 0 end) as churned,
        sum(case when is_censored then 1 else 0 end) as censored
    from observed
    group by
        {{ curve | join(',
        ') }},
        days
),

terms as (
    select
        *,
        case
            when at_risk > churned then ln(1 - cast(churned as {{ double() }}) / at_risk)
            else 0
        end as log_kept,
        case
            when at_risk > churned
                then cast(churned as {{ double() }}) / (cast(at_risk as {{ double() }}) * (at_risk - churned))
            else 0
        end as greenwood,
        case when at_risk = churned then 1 else 0 end as is_end
    from steps
),

curves as (
    select
        {{ curve | join(',\n        ') }},
        days,
        at_risk,
        churned,
        censored,
        case
            when max(is_end) over {{ so_far }} = 1 then 0
            else exp(sum(log_kept) over {{ so_far }})
        end as survival,
        case
            when max(is_end) over {{ so_far }} = 0 then sqrt(sum(greenwood) over {{ so_far }})
        end as relative_error
    from terms
)

select
    {{ curve | join(',\n    ') }},
    cast(days as integer) as days, -- noqa: RF04
    at_risk,
    cast(churned as bigint) as churned,
    cast(censored as bigint) as censored,
    survival,
    case
        when relative_error is not null then greatest(0, survival - {{ nps_z() }} * survival * relative_error)
    end as survival_low,
    case
        when relative_error is not null then least(1, survival + {{ nps_z() }} * survival * relative_error)
    end as survival_high
from curves

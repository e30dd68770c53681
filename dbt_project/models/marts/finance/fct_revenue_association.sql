{% set cell = ['survey_type', 'horizon_days', 'segment'] + outcome_members() -%}

with windows as (
    select
        {{ cell | join(',\n        ') }},
        band,
        account_key,
        stratum,
        mrr_before,
        mrr_after,
        least(mrr_after, mrr_before) as mrr_kept,
        case when is_churned then 1 else 0 end as churned
    from {{ ref('fct_outcomes_by_segment') }}
),

-- windows of one account are not independent: what they pay is summed before it is squared
by_account as (
    select
        {{ cell | join(',\n        ') }},
        band,
        account_key,
        count(*) as windows,
        sum(churned) as churned,
        cast(sum(mrr_before) as decimal(18, 6)) as paid_before,
        cast(sum(mrr_kept) as decimal(18, 6)) as paid_still,
        cast(sum(mrr_after) as decimal(18, 6)) as paid_after
    from windows
    group by
        {{ cell | join(',\n        ') }},
        band,
        account_key
),

bands as (
    select
        {{ cell | join(',\n        ') }},
        band,
        cast(sum(windows) as bigint) as windows,
        cast(count(*) as bigint) as accounts, -- noqa: RF04
        cast(sum(churned) as bigint) as churned,
        sum(paid_before) as mrr_before,
        sum(paid_still) as mrr_kept,
        sum(paid_after) as mrr_after,
        cast(sum(paid_still) as {{ double() }}) / cast(sum(paid_before) as {{ double() }}) as gross_retention,
        cast(sum(paid_after) as {{ double() }}) / cast(sum(paid_before) as {{ double() }}) as net_retention
    from by_account
    group by
        {{ cell | join(',\n        ') }},
        band
),

-- not from sums of squares: of one large account and a small one nothing would be left of the difference
residuals as (
    select
        {{ qualified('by_account', cell) }},
        by_account.band,
        {{ sum_of_squares('by_account.paid_still', 'bands.gross_retention', 'by_account.paid_before') }}
            as gross_spread,
        {{ sum_of_squares('by_account.paid_after', 'bands.net_retention', 'by_account.paid_before') }}
            as net_spread
    from by_account
    inner join bands
        on
            {{ same('by_account', 'bands', cell + ['band']) }}
    group by
        {{ qualified('by_account', cell) }},
        by_account.band
),

strata as (
    select
        {{ cell | join(',\n        ') }},
        stratum,
        band,
        count(*) as windows,
        sum(churned) as churned
    from windows
    group by
        {{ cell | join(',\n        ') }},
        stratum,
        band
),

-- Mantel and Haenszel; the variance of its logarithm by Greenland and Robins 1985
terms as (
    select
        {{ qualified('strata', cell) }},
        strata.band,
        cast(strata.churned as {{ double() }}) * promoters.windows
        / (strata.windows + promoters.windows) as observed,
        cast(promoters.churned as {{ double() }}) * strata.windows
        / (strata.windows + promoters.windows) as expected,
        (
            cast(strata.churned + promoters.churned as {{ double() }}) * strata.windows * promoters.windows
            - cast(strata.churned as {{ double() }}) * promoters.churned
            * (strata.windows + promoters.windows)
        ) / power(cast(strata.windows + promoters.windows as {{ double() }}), 2) as variance,
        cast(strata.windows as {{ double() }}) * promoters.windows
        / (strata.windows + promoters.windows) as weight,
        (
            cast(strata.churned as {{ double() }}) * promoters.windows
            - cast(promoters.churned as {{ double() }}) * strata.windows
        ) / (strata.windows + promoters.windows) as excess,
        power(
            cast(strata.windows as {{ double() }}) * promoters.windows
            / (strata.windows + promoters.windows), 2
        )
        * (
            cast(strata.churned as {{ double() }}) * (strata.windows - strata.churned)
            / power(cast(strata.windows as {{ double() }}), 3)
            + cast(promoters.churned as {{ double() }}) * (promoters.windows - promoters.churned)
            / power(cast(promoters.windows as {{ double() }}), 3)
        ) as excess_variance
    from strata
    inner join strata as promoters
        on
            {{ same('strata', 'promoters', cell + ['stratum']) }}
            and promoters.band = 'promoter'
    where strata.band <> 'promoter'
),

stratified as (
    select
        {{ cell | join(',\n        ') }},
        band,
        cast(sum(cast(observed as decimal(38, 15))) as {{ double() }}) as observed,
        cast(sum(cast(expected as decimal(38, 15))) as {{ double() }}) as expected,
        cast(sum(cast(variance as decimal(38, 15))) as {{ double() }}) as variance,
        cast(sum(cast(excess as decimal(38, 15))) as {{ double() }})
        / cast(sum(cast(weight as decimal(38, 15))) as {{ double() }}) as excess_churn,
        sqrt(cast(sum(cast(excess_variance as decimal(38, 15))) as {{ double() }}))
        / cast(sum(cast(weight as decimal(38, 15))) as {{ double() }}) as excess_error
    from terms
    group by
        {{ cell | join(',\n        ') }},
        band
),

compared as (
    select
        bands.*,
        case
            when bands.accounts > 1
                then
                    {{ ratio_standard_error('residuals.gross_spread', 'bands.mrr_before', 'bands.accounts') }}
        end as gross_error,
        case
            when bands.accounts > 1
                then
                    {{ ratio_standard_error('residuals.net_spread', 'bands.mrr_before', 'bands.accounts') }}
        end as net_error,
        promoters.accounts as reference_accounts,
        promoters.churned as reference_churned,
        case
            when bands.band <> 'promoter' and bands.churned > 0 and promoters.churned > 0
                then
                    (cast(bands.churned as {{ double() }}) / bands.windows)
                    / (cast(promoters.churned as {{ double() }}) / promoters.windows)
        end as risk_ratio,
        case
            when bands.band <> 'promoter' and bands.churned > 0 and promoters.churned > 0
                then
                    {{ log_risk_ratio_standard_error(
                        'bands.churned', 'bands.windows', 'promoters.churned', 'promoters.windows'
                    ) }}
        end as log_error,
        case
            when stratified.observed > 0 and stratified.expected > 0
                then stratified.observed / stratified.expected
        end as stratified_risk_ratio,
        case
            when stratified.observed > 0 and stratified.expected > 0
                then sqrt(stratified.variance / (stratified.observed * stratified.expected))
        end as stratified_log_error,
        stratified.excess_churn,
        stratified.excess_error
    from bands
    inner join residuals
        on
            {{ same('bands', 'residuals', cell + ['band']) }}
    left join bands as promoters
        on
            {{ same('bands', 'promoters', cell) }}
            and promoters.band = 'promoter'
    left join stratified
        on
            {{ same('bands', 'stratified', cell + ['band']) }}
),

bounded as (
    select
        *,
        {% for name, error in {'': 'log_error', 'stratified_': 'stratified_log_error'}.items() %}
            {{ log_bound(name ~ 'risk_ratio', error, '-') }} as {{ name }}risk_ratio_low,
            {{ log_bound(name ~ 'risk_ratio', error, '+') }} as {{ name }}risk_ratio_high,
        {% endfor %}
        coalesce(
            band <> 'promoter'
            and (
                accounts < {{ outcome_minimum() }}
                or coalesce(reference_accounts, 0) < {{ outcome_minimum() }}
                or risk_ratio is null
                or stratified_risk_ratio is null
            ),
            false
        ) as is_too_few
    from compared
),

judged as (
    select
        *,
        risk_ratio_low > 1 or risk_ratio_high < 1 as is_apart,
        stratified_risk_ratio_low > 1 or stratified_risk_ratio_high < 1 as is_apart_stratified
    from bounded
)

select
    {{ cell | join(',\n    ') }},
    band,
    windows,
    accounts,
    churned,
    cast(churned as {{ double() }}) / windows as churn_rate,
    {{ wilson_bound('churned', 'windows', '-') }} as churn_low,
    {{ wilson_bound('churned', 'windows', '+') }} as churn_high,
    cast(mrr_before as decimal(18, 6)) as mrr_before,
    gross_retention,
    case when accounts > 1 then greatest(0, gross_retention - {{ nps_z() }} * gross_error) end
        as gross_retention_low,
    case when accounts > 1 then least(1, gross_retention + {{ nps_z() }} * gross_error) end
        as gross_retention_high,
    net_retention,
    case when accounts > 1 then greatest(0, net_retention - {{ nps_z() }} * net_error) end
        as net_retention_low,
    net_retention + {{ nps_z() }} * net_error as net_retention_high,
    risk_ratio,
    risk_ratio_low,
    risk_ratio_high,
    stratified_risk_ratio,
    stratified_risk_ratio_low,
    stratified_risk_ratio_high,
    excess_churn,
    excess_churn - {{ nps_z() }} * excess_error as excess_churn_low,
    excess_churn + {{ nps_z() }} * excess_error as excess_churn_high,
    case
        when band <> 'promoter' and not is_too_few
            then
                is_apart <> is_apart_stratified
                or abs(ln(stratified_risk_ratio / risk_ratio)) > ln({{ outcome_disagreement() }})
    end as is_confounded,
    case
        when band = 'promoter' then 'reference'
        when is_too_few then 'too few'
        when is_apart_stratified then 'associated'
        else 'not distinguishable'
    end as verdict
from judged

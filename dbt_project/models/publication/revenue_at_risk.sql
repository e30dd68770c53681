-- What detractors and passives pay today, times how much more often such accounts have left than promoters.
-- Where that is not distinguishable from nothing there is no figure, but the reason.
with floors as (
    {{ floor_at_as_of() }}
),

today as (
    select
        survey_type,
        horizon_days,
        band,
        cast(count(*) as bigint) as accounts, -- noqa: RF04
        cast(sum(mrr_before) as decimal(18, 6)) as mrr
    from {{ ref('fct_account_outcomes') }}
    where not is_complete and band in ('passive', 'detractor')
    group by
        survey_type,
        horizon_days,
        band
),

judged as (
    select
        today.survey_type,
        today.horizon_days,
        today.band,
        today.accounts,
        today.mrr,
        today.accounts >= floors.minimum_accounts as is_shown,
        association.excess_churn,
        association.excess_churn_low,
        association.excess_churn_high,
        case
            when
                today.accounts < floors.minimum_accounts
                or coalesce(association.verdict, 'too few') = 'too few'
                then 'too few'
            when association.verdict = 'associated' and association.excess_churn_low > 0 then 'associated'
            when association.verdict = 'associated' and association.excess_churn_high < 0
                then 'they leave less often'
            else 'not distinguishable'
        end as verdict
    from today
    left join {{ ref('fct_revenue_association') }} as association
        on
            today.survey_type = association.survey_type
            and today.horizon_days = association.horizon_days
            and today.band = association.band
            and association.segment = 'company'
    cross join floors
)

select
    survey_type,
    horizon_days,
    band,
    accounts,
    cast(case when is_shown then mrr end as decimal(18, 6)) as mrr,
    {% for bound in ['', '_low', '_high'] %}
        case when verdict = 'associated' then excess_churn{{ bound }} end as excess_churn{{ bound }},
        case
            when verdict = 'associated' then cast(mrr as {{ double() }}) * excess_churn{{ bound }}
        end as mrr_at_risk{{ bound }},
    {% endfor %}
    verdict
from judged

-- Beside revenue_association, and shown like it. A placebo that is associated warns: something is at work
-- that is not what the accounts had said.
{% set beside = ['segment', 'survey_type', 'horizon_days'] -%}
{% set shown_from_the_floor = [
    'windows', 'lost', 'loss_rate', 'loss_low', 'loss_high', 'net_retention', 'net_retention_low',
    'net_retention_high'
] -%}
{% set shown_with_the_reference = [
    'risk_ratio', 'risk_ratio_low', 'risk_ratio_high', 'stratified_risk_ratio', 'stratified_risk_ratio_low',
    'stratified_risk_ratio_high'
] -%}

with floors as (
    {{ floor_at_as_of() }}
),

associations as (
    select
        association.*,
        floors.minimum_accounts,
        case when association.accounts < floors.minimum_accounts then 1 else 0 end as is_few
    from {{ ref('fct_revenue_association') }} as association
    cross join floors
    where association.segment = 'company' or {{ is_placebo('association.segment') }}
),

-- exchanged bands add up to what the company's did: what is hidden of those must not follow
grouped as (
    select
        *,
        case
            when segment = 'permuted'
                then
                    max(case when segment in ('company', 'permuted') then is_few else 0 end) over (
                        partition by survey_type, horizon_days
                    )
            else 0
        end as has_few
    from associations
),

judged as (
    select
        *,
        {{ suppression_of_windows(beside, ['band']) | indent(8) }} as suppression
    from grouped
),

placebos as (
    select
        *,
        segment as placebo,
        churned as lost,
        churn_rate as loss_rate,
        churn_low as loss_low,
        churn_high as loss_high,
        suppression = 'none' as is_shown,
        suppression = 'none'
        and max(case when band = 'promoter' and suppression <> 'none' then 1 else 0 end) over (
            partition by {{ beside | join(', ') }}
        ) = 0 as has_reference
    from judged
    where {{ is_placebo('segment') }}
)

select
    placebo,
    survey_type,
    horizon_days,
    band,
    accounts,
    {% for column in shown_from_the_floor %}
        case when is_shown then {{ column }} end as {{ column }},
    {% endfor %}
    {% for column in shown_with_the_reference %}
        case when has_reference then {{ column }} end as {{ column }},
    {% endfor %}
    case
        when suppression = 'suppressed' then 'too few'
        when not is_shown or (verdict <> 'too few' and not has_reference) then 'withheld'
        when verdict = 'associated' then 'warns'
        when verdict = 'not distinguishable' then 'does not warn'
        else verdict
    end as verdict
from placebos

-- Beside revenue_association, and shown like it. A placebo that is associated warns: something is at work
-- that is not what the accounts had said.
{% set shown_from_the_floor = [
    'windows', 'lost', 'loss_rate', 'loss_low', 'loss_high', 'net_retention', 'net_retention_low',
    'net_retention_high', 'risk_ratio', 'risk_ratio_low', 'risk_ratio_high', 'stratified_risk_ratio',
    'stratified_risk_ratio_low', 'stratified_risk_ratio_high'
] -%}

with floors as (
    {{ floor_at_as_of() }}
),

placebos as (
    select
        association.*,
        association.segment as placebo,
        association.churned as lost,
        association.churn_rate as loss_rate,
        association.churn_low as loss_low,
        association.churn_high as loss_high,
        association.accounts >= floors.minimum_accounts as is_shown
    from {{ ref('fct_revenue_association') }} as association
    cross join floors
    where {{ is_placebo('association.segment') }}
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
    case
        when not is_shown then 'too few'
        when verdict = 'associated' then 'warns'
        when verdict = 'not distinguishable' then 'does not warn'
        else verdict
    end as verdict
from placebos

-- Suppression last: of fewer accounts than the confidentiality floor only their number is shown.
{% set cell = ['survey_type', 'horizon_days', 'segment'] + outcome_members() -%}
{% set shown_from_the_floor = [
    'windows', 'churned', 'churn_rate', 'churn_low', 'churn_high', 'mrr_before', 'gross_retention',
    'gross_retention_low', 'gross_retention_high', 'net_retention', 'net_retention_low', 'net_retention_high',
    'risk_ratio', 'risk_ratio_low', 'risk_ratio_high', 'stratified_risk_ratio', 'stratified_risk_ratio_low',
    'stratified_risk_ratio_high', 'is_confounded'
] -%}

with floors as (
    {{ floor_at_as_of() }}
),

associations as (
    select
        association.*,
        association.accounts >= floors.minimum_accounts as is_shown
    from {{ ref('fct_revenue_association') }} as association
    cross join floors
    where not {{ is_placebo('association.segment') }}
)

select
    {{ cell | join(',\n    ') }},
    band,
    accounts,
    {% for column in shown_from_the_floor %}
        case when is_shown then {{ column }} end as {{ column }},
    {% endfor %}
    case when is_shown then verdict else 'too few' end as verdict
from associations

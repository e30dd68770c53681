-- Suppression last: of fewer accounts than the confidentiality floor only their number is shown, and nothing
-- from which more of them follows.
{% set cell = ['survey_type', 'horizon_days', 'segment'] + outcome_members() -%}
{% set beside = ['survey_type', 'horizon_days', 'segment', 'band'] -%}
{% set shown_from_the_floor = [
    'windows', 'churned', 'churn_rate', 'churn_low', 'churn_high', 'mrr_before', 'gross_retention',
    'gross_retention_low', 'gross_retention_high', 'net_retention', 'net_retention_low', 'net_retention_high'
] -%}
{% set shown_with_the_reference = [
    'risk_ratio', 'risk_ratio_low', 'risk_ratio_high', 'stratified_risk_ratio', 'stratified_risk_ratio_low',
    'stratified_risk_ratio_high', 'is_confounded'
] -%}

with floors as (
    {{ floor_at_as_of() }}
),

-- the members of a segment add up to what the company's band did
associations as (
    select
        association.*,
        floors.minimum_accounts,
        max(case when association.accounts < floors.minimum_accounts then 1 else 0 end) over (
            partition by {{ beside | join(', ') }}
        ) as has_few
    from {{ ref('fct_revenue_association') }} as association
    cross join floors
    where not {{ is_placebo('association.segment') }}
),

judged as (
    select
        *,
        {{ suppression_of_windows(beside, outcome_members()) | indent(8) }} as suppression
    from associations
),

-- a ratio to promoters tells of them what is known of the band
referred as (
    select
        *,
        suppression = 'none' as is_shown,
        suppression = 'none'
        and max(case when band = 'promoter' and suppression <> 'none' then 1 else 0 end) over (
            partition by {{ cell | join(', ') }}
        ) = 0 as has_reference
    from judged
)

select
    {{ cell | join(',\n    ') }},
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
        else verdict
    end as verdict
from referred

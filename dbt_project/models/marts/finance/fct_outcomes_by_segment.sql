-- Windows that are over, in every segment; and a stratum within which tiers and tenures are alike. A placebo
-- is a segment of its own. It is of the whole company: one in twenty cells warns by chance.
{{ config(materialized='view') }}

{% for segment, split_by in outcome_segments().items() %}
    select
        '{{ segment }}' as segment,
        survey_type,
        horizon_days,
        {{ outcome_split(split_by) | indent(4) }},
        band,
        account_key,
        customer_value_tier || ' ' || tenure as stratum,
        is_churned,
        mrr_before,
        mrr_after
    from {{ ref('fct_account_outcomes') }}
    where is_complete
    union all
{% endfor %}
select
    placebo as segment,
    survey_type,
    horizon_days,
    {{ outcome_split([]) }},
    band,
    account_key,
    customer_value_tier || ' ' || tenure as stratum,
    is_lost as is_churned,
    mrr_before,
    mrr_after
from {{ ref('fct_placebo_outcomes') }}

-- Suppression last: where fewer accounts than the confidentiality floor are followed, only how many is shown.
with floors as (
    {{ floor_at_as_of() }}
),

curves as (
    select
        curves.*,
        curves.at_risk >= floors.minimum_accounts as is_shown
    from {{ ref('fct_churn_curves') }} as curves
    cross join floors
)

select
    survey_type,
    band,
    days,
    {% for column in ['churned', 'censored', 'survival', 'survival_low', 'survival_high'] %}
        case when is_shown then {{ column }} end as {{ column }},
    {% endfor %}
    at_risk
from curves

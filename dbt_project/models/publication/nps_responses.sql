-- Only what nobody can be recognised by: no person, account, invitation, device or comment, and not the
-- moment, by which an answer could be found in another program.
with answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
)

select
    {{ dbt.hash('answer_key') }} as answer_id,
    survey_type,
    cast({{ dbt.date_trunc('day', 'responded_at') }} as timestamp) as responded_at,
    likelihood_score,
    nps_band,
    nps_weight,
    {{ nps_dimension_columns() }},
    definition_version
from answers

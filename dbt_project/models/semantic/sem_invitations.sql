with invitations as (
    select * from {{ ref('fct_survey_invitations') }}
    where survey_type is not null and sent_at < {{ as_of() }}
)

select
    invitation_key,
    sent_date,
    survey_type,
    definition_version,
    {{ nps_dimension_columns() }},
    case when is_delivered then 1 else 0 end as delivered,
    case when is_delivered and is_answered then 1 else 0 end as answered
from invitations

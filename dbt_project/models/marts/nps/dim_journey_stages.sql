with versions as (
    select distinct definition_version from {{ ref('journey_stages') }}
)

select
    definition_version,
    journey_stage,
    journey_order,
    description
from {{ ref('journey_stages') }}
union all
select
    definition_version,
    'Unassigned' as journey_stage,
    cast(null as integer) as journey_order,
    'The stage at the moment of the answer is unknown or not a governed one' as description
from versions

select
    branch_key,
    branch_id,
    source,
    branch_name,
    region,
    owner_id,
    opened_on,
    closed_on
from {{ ref('int_branches__current') }}

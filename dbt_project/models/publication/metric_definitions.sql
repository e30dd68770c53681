select
    definition_version,
    valid_from,
    valid_to,
    approved_by,
    reason,
    element,
    item,
    value_text,
    description
from {{ ref('dim_metric_definitions') }}

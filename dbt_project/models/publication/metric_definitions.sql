select
    definition_version,
    valid_from,
    valid_to,
    reason,
    element,
    item,
    value_text,
    description,
    author,
    proposed_on,
    approved_by,
    approved_on,
    approved_as,
    content_hash
from {{ ref('dim_metric_definitions') }}

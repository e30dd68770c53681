with source as (
    {{ loaded_records('raw_files', 'billing_movements') }}
)

select
    {{ provenance() }},
    movement_id,
    account_id,
    kind,
    currency,
    mrr_amount,
    cast(moved_at as timestamp) as moved_at,
    file_name
from source

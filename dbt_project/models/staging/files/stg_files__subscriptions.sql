with source as (
    {{ loaded_records('raw_files', 'billing_subscriptions') }}
)

select
    {{ provenance() }},
    subscription_id,
    account_id,
    status,
    plan,
    currency,
    mrr_amount,
    cast(started_at as timestamp) as started_at,
    cast(cancelled_at as timestamp) as cancelled_at,
    cast(updated_at as timestamp) as updated_at,
    file_name
from source

{{ config(enabled=vendor_is_on('chargebee')) }}

with source as (
    {{ loaded_records('raw_chargebee', 'subscriptions') }}
)

select
    {{ provenance() }},
    subscription_id,
    customer_id,
    status,
    plan,
    currency,
    is_deleted,
    cast(started_at as timestamp) as started_at,
    cast(cancelled_at as timestamp) as cancelled_at
from source

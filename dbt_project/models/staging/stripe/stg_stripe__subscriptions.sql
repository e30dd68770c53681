{{ config(enabled=vendor_is_on('stripe')) }}

with source as (
    {{ loaded_records('raw_stripe', 'subscriptions') }}
)

select
    {{ provenance() }},
    subscription_id,
    customer_id,
    status,
    plan,
    currency,
    mrr_minor as mrr_minor_amount,
    cast(started_at as timestamp) as started_at,
    cast(cancelled_at as timestamp) as cancelled_at
from source

{{ config(enabled=vendor_is_on('billing_database')) }}

with source as (
    {{ loaded_records('raw_billing_database', 'subscriptions') }}
)

select
    {{ provenance() }},
    subscription_id,
    customer_id,
    status,
    plan,
    currency,
    cast(started_at as timestamp) as started_at,
    cast(cancelled_at as timestamp) as cancelled_at,
    coalesce(is_deleted, false) or deleted_at is not null as is_deleted
from source

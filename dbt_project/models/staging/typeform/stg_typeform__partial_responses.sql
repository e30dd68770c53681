{{ config(enabled=vendor_is_on('typeform')) }}

with source as (
    {{ loaded_records('raw_typeform', 'partial_responses') }}
)

select
    {{ provenance() }},
    response_id,
    survey_id,
    cast(started_at as timestamp) as started_at
from source

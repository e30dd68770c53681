{{ config(enabled=vendor_is_on('surveymonkey')) }}

with source as (
    {{ loaded_records('raw_surveymonkey', 'partial_responses') }}
)

select
    {{ provenance() }},
    response_id,
    survey_id,
    status,
    cast(started_at as timestamp) as started_at
from source

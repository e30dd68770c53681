{{ config(enabled=vendor_is_on('qualtrics')) }}

with source as (
    {{ loaded_records('raw_qualtrics', 'surveys') }}
)

select
    {{ provenance() }},
    survey_id,
    name as survey_name,
    is_active,
    cast(last_modified_at as timestamp) as last_modified_at
from source

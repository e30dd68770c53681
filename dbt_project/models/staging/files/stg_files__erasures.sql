with source as (
    {{ loaded_records('raw_files', 'surveys_erasures') }}
)

select
    {{ provenance() }},
    erasure_id,
    cast(requested_at as timestamp) as requested_at,
    response_id,
    contact_id,
    email,
    person_id,
    source as limited_to_source,
    file_name
from source

{{ config(enabled=vendor_is_on('medallia')) }}

with source as (
    {{ loaded_records('raw_medallia', 'questions') }}
)

select
    {{ provenance() }},
    survey_id,
    question_id,
    question_text,
    question_type,
    cast(scale_min as integer) as scale_min,
    cast(scale_max as integer) as scale_max,
    cast(scale_points as integer) as scale_points
from source

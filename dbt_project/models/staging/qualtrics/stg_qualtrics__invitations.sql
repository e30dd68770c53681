{{ config(enabled=vendor_is_on('qualtrics')) }}

with source as (
    {{ loaded_records('raw_qualtrics', 'invitations') }}
)

select
    {{ provenance() }},
    invitation_id,
    distribution_id,
    survey_id,
    contact_id,
    email,
    response_id,
    channel,
    {% for dimension in delivered_dimensions('answer', 'qualtrics') -%}
        cast(null as string) as {{ dimension }}, -- a distribution's history carries no embedded data
    {% endfor -%}
    status,
    cast(sent_at as timestamp) as sent_at,
    cast(opened_at as timestamp) as opened_at,
    cast(started_at as timestamp) as started_at,
    cast(finished_at as timestamp) as finished_at,
    {{ not_supplied('invitations', ['account_id', 'branch_id', 'employee_id', 'event_at']) }}
from source

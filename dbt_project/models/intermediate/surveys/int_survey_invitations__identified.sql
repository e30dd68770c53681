select
    cast(null as varchar) as invitation_key,
    cast(null as varchar) as source,
    cast(null as varchar) as invitation_id,
    cast(null as varchar) as survey_id,
    cast(null as timestamp) as sent_at,
    cast(null as varchar) as status,
    cast(null as timestamp) as opened_at,
    cast(null as timestamp) as started_at,
    cast(null as timestamp) as finished_at,
    cast(null as varchar) as person_key,
    cast(null as varchar) as contact_key,
    cast(null as varchar) as account_key,
    cast(null as varchar) as branch_key,
    cast(null as timestamp) as event_at,
    cast(null as varchar) as employee_id,
    cast(null as varchar) as channel
where false

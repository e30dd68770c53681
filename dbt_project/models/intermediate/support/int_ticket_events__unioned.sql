{{ config(materialized='view') }}

with versions as (
    {{ union_vendors('ticket_events') }}
)

select
    *,
    source || ':' || {{ identity_key('ticket_id') }} as ticket_key
from versions

{{ config(materialized='view') }}

with versions as (
    {{ union_vendors('tickets') }}
)

select
    *,
    source || ':' || {{ identity_key('ticket_id') }} as ticket_key
from versions

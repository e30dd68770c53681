{{ config(materialized='view') }}

with versions as (
    {{ union_vendors('invitations') }}
)

select
    source || ':' || {{ identity_key('invitation_id') }} as invitation_key,
    *
from versions

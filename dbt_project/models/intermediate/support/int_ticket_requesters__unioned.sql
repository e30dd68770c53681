{{ config(materialized='view') }}

with versions as (
    {{ union_vendors('requesters') }}
)

select *
from versions

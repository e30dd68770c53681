{{ config(materialized='view') }}

with versions as (
    {{ union_vendors('organizations') }}
)

select *
from versions

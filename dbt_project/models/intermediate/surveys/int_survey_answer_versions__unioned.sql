{{ config(materialized='view') }}

with versions as (
    {{ union_vendors('responses') }}
)

select
    source || ':' || record_id as answer_key,
    *
from versions

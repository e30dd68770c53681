{{ config(materialized='view') }}

{{ union_vendors('organizations') }}

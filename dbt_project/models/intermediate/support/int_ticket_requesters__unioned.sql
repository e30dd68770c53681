{{ config(materialized='view') }}

{{ union_vendors('requesters') }}

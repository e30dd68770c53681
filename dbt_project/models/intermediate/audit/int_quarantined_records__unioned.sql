{{ config(materialized='view') }}

{{ union_vendors('quarantined_records', columns=entity_columns('quarantined_records')) }}

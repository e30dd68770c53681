{{ config(enabled=vendor_is_on('salesforce')) }}

{{ quarantined_records('raw_salesforce') }}

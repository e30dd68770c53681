{{ config(enabled=vendor_is_on('stripe')) }}

{{ quarantined_records('raw_stripe') }}

{{ config(enabled=vendor_is_on('qualtrics')) }}

{{ quarantined_records('raw_qualtrics') }}

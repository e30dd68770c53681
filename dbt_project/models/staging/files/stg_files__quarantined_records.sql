{{ quarantined_records('raw_files') }}

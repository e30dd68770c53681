{{ config(enabled=vendor_is_on('qualtrics')) }}

with final as (

    {{ quarantined_records('raw_qualtrics') }}

)

select * from final

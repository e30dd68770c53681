{{ config(enabled=vendor_is_on('salesforce')) }}

with final as (

    {{ quarantined_records('raw_salesforce') }}

)

select * from final

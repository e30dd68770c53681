{{ config(enabled=vendor_is_on('stripe')) }}

with final as (

    {{ quarantined_records('raw_stripe') }}

)

select * from final

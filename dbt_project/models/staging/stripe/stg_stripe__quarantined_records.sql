{{ config(enabled=vendor_is_on('stripe')) }}

with source as (

    {{ loaded_records('raw_stripe', 'quarantine') }}

),

renamed as (

    select
        table_name,
        record_id,
        reason,
        detail,
        origin,
        original_hash,
        _dlt_load_id as load_id,
        cast(loaded_at as timestamp) as loaded_at,
        position as load_position
    from source

),

final as (

    select * from renamed

)

select * from final

with final as (

    {{ quarantined_records('raw_files') }}

)

select * from final

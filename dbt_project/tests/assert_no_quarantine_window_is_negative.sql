-- Fails with each window of less than no days.
with final as (
    select * from {{ ref('nps_quarantine_windows') }}
    where window_days < 0
)

select * from final

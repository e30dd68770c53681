-- Fails with each window of less than no days.
with final as (
    select
        definition_version,
        survey_type,
        window_days
    from {{ ref('nps_quarantine_windows') }}
    where window_days < 0
)

select * from final

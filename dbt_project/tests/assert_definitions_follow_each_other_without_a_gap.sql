-- Fails with each version of the definition that ends before the next one begins, and with the last one if
-- it ends: answers of that time would be judged by nothing. (Registrations of a question may have gaps:
-- nobody was asked.)
with followed as (
    select
        definition_version,
        valid_from,
        valid_to,
        lead(valid_from) over (order by valid_from) as next_valid_from
    from {{ ref('nps_definitions') }}
),

final as (
    select * from followed
    where valid_to is not null and (next_valid_from is null or valid_to < next_valid_from)
)

select * from final

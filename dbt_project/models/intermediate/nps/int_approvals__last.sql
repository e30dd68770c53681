with numbered as (
    select
        *,
        row_number() over (
            partition by definition_version, table_name order by approval desc
        ) as approval_number
    from {{ ref('approvals') }}
    where approved_by is not null
)

-- a table that all versions share is approved once, and stands with each of them
select
    definitions.definition_version,
    numbered.table_name,
    numbered.content_hash,
    numbered.author,
    numbered.proposed_on,
    numbered.approved_by,
    numbered.approved_on,
    numbered.approved_as,
    numbered.reason
from numbered
inner join {{ ref('nps_definitions') }} as definitions
    on coalesce(numbered.definition_version, definitions.definition_version) = definitions.definition_version
where numbered.approval_number = 1

-- Cells with enough answers that are hidden all the same, or others with few would follow from them
-- (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md): in every window a score or a change is about.
{% set beside = ['survey_type', 'measure', 'window_start', 'window_end', 'segment', 'definition_version'] -%}

with windows as (
    select
        'in_period' as measure,
        *
    from {{ ref('fct_nps_windows') }}
    union all
    select
        'current_state' as measure,
        *
    from {{ ref('fct_nps_current_states') }}
),

counted as (
    select
        windows.*,
        floors.minimum_responses,
        case when windows.responses < floors.minimum_responses then 1 else 0 end as is_few
    from windows
    inner join {{ ref('reportability_floors') }} as floors
        on windows.definition_version = floors.definition_version
    where floors.reportability = 'interval_only'
),

-- the members of one dimension add up to the company
members as (
    select
        *,
        {{ hidden_beside('is_few', beside, nps_dimensions()) | indent(8) }} as is_hidden
    from counted
    where
        segment in (
            {{ explaining_dimension_names() }}
        )
)

select
    {{ beside | join(',\n    ') }},
    {{ nps_dimension_columns() }}
from members
where is_hidden > is_few

-- Each figure against the same cell one period earlier. Only comparisons that are shown are here: neither
-- score is hidden for others, since the change tells one from the other; and the correction for many
-- comparisons is over those, and no others, that a reader sees side by side.
{% set family = [
    'survey_type', 'measure', 'period_grain', 'period_start', 'period_end', 'segment', 'definition_version'
] -%}
{% set key = nps_figure_key() -%}
{% set cell = ['survey_type', 'segment', 'definition_version'] + nps_dimensions() -%}

with cells as (
    select * from {{ ref('fct_nps_cells') }}
    where measure = 'in_period'
),

hidden as (
    select * from {{ ref('fct_nps_hidden_windows') }}
    where measure = 'in_period'
),

floors as (
    select
        definition_version,
        minimum_responses
    from {{ ref('reportability_floors') }}
    where reportability = 'indicative'
),

compared as (
    select
        {{ qualified('cells', key) }},
        cells.promoters,
        cells.detractors,
        cells.responses,
        windows.promoters as previous_promoters,
        windows.detractors as previous_detractors,
        windows.responses as previous_responses
    from cells
    inner join floors
        on
            cells.definition_version = floors.definition_version
            and cells.responses >= floors.minimum_responses
    inner join {{ ref('dim_periods') }} as periods
        on {{ same('cells', 'periods', ['period_grain', 'period_start', 'period_end']) }}
    inner join {{ ref('fct_nps_windows') }} as windows
        on
            {{ same('cells', 'windows', cell) }}
            and periods.previous_start = windows.window_start
            and periods.previous_end = windows.window_end
            and floors.minimum_responses <= windows.responses
    left join hidden as hidden_now
        on
            {{ same('cells', 'hidden_now', cell) }}
            and cells.period_start = hidden_now.window_start
            and cells.period_end = hidden_now.window_end
    left join hidden as hidden_before
        on {{ same('windows', 'hidden_before', cell + ['window_start', 'window_end']) }}
    where
        hidden_now.segment is null
        and hidden_before.segment is null
),

changes as (
    select
        *,
        {{ nps_score('promoters', 'detractors', 'responses') }}
        - {{ nps_score('previous_promoters', 'previous_detractors', 'previous_responses') }} as nps_change,
        {{ nps_difference_z(
            ['promoters', 'detractors', 'responses'],
            ['previous_promoters', 'previous_detractors', 'previous_responses']
        ) | indent(8) }} as change_z
    from compared
),

tested as (
    select
        *,
        {{ nps_p_value('change_z') | indent(8) }} as change_p_value
    from changes
),

bounded as (
    select
        *,
        {{ nps_discovery_bound('change_p_value', family) }} as discovery_bound
    from tested
)

select
    {{ key | join(',\n        ') }},
    nps_change,
    change_z,
    change_p_value,
    {{ nps_q_value('discovery_bound', 'change_p_value', family) }} as change_q_value
from bounded

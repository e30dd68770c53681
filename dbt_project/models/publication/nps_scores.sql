{% set key = nps_figure_key() -%}
{% set cell = key | reject('in', ['period_grain', 'period_start', 'period_end']) | list -%}
{% set shown_from_the_floor = ['promoters', 'passives', 'detractors'] -%}
{% set shown_with_the_score = [
    'nps_change', 'change_z', 'change_p_value', 'change_q_value', 'post_stratified_nps', 'effective_responses',
    'stratified_share'
] -%}

with floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

scored as (
    select
        cells.*,
        case when hidden.segment is null then floors.reportability else 'suppressed_for_others' end
            as reportability,
        {{ nps_score('cells.promoters', 'cells.detractors', 'cells.responses') }} as nps,
        {{ nps_standard_error('cells.promoters', 'cells.detractors', 'cells.responses') }}
            as nps_standard_error,
        {{ nps_interval_bound('cells.promoters', 'cells.detractors', 'cells.responses', '-') }} as nps_low,
        {{ nps_interval_bound('cells.promoters', 'cells.detractors', 'cells.responses', '+') }} as nps_high,
        changes.nps_change,
        changes.change_z,
        changes.change_p_value,
        changes.change_q_value,
        coalesce(response_rates.answered_invitations, 0) as answered_invitations,
        coalesce(response_rates.delivered_invitations, 0) as delivered_invitations,
        response_rates.response_rate,
        coverage.revenue_coverage,
        poststratified.post_stratified_nps,
        poststratified.effective_responses,
        poststratified.stratified_share,
        coalesce(branches.branch_name, cells.branch) as branch_name
    from {{ ref('fct_nps_cells') }} as cells
    inner join floors
        on
            cells.definition_version = floors.definition_version
            and {{ nps_in_range('cells.responses', 'floors') }}
    left join {{ ref('fct_nps_hidden_windows') }} as hidden
        on
            {{ same('cells', 'hidden', cell) }}
            and cells.period_start = hidden.window_start
            and cells.period_end = hidden.window_end
    left join {{ ref('fct_nps_changes') }} as changes on {{ same('cells', 'changes', key) }}
    left join {{ ref('fct_nps_response_rates') }} as response_rates
        on {{ same('cells', 'response_rates', key | reject('in', ['measure', 'period_grain']) | list) }}
    left join {{ ref('fct_nps_revenue_coverage') }} as coverage on {{ same('cells', 'coverage', key) }}
    left join {{ ref('fct_nps_poststratified') }} as poststratified
        on {{ same('cells', 'poststratified', key) }}
    left join {{ ref('dim_branches') }} as branches on lower(trim(cells.branch)) = branches.branch_key
),

judged as (
    select
        *,
        reportability not in ('suppressed', 'suppressed_for_others') as has_interval,
        reportability not in ('suppressed', 'suppressed_for_others', 'interval_only') as has_score
    from scored
)

-- last of all, on what is shown
select
    {{ key | join(',\n        ') }},
    {% for column in shown_from_the_floor %}
        case when has_interval then {{ column }} end as {{ column }},
    {% endfor %}
    responses,
    {% for column in ['nps', 'nps_standard_error'] %}
        case when has_score then {{ column }} end as {{ column }},
    {% endfor %}
    case when has_interval then nps_low end as nps_low,
    case when has_interval then nps_high end as nps_high,
    reportability,
    {% for column in shown_with_the_score %}
        case when has_score then {{ column }} end as {{ column }},
    {% endfor %}
    answered_invitations,
    delivered_invitations,
    response_rate,
    revenue_coverage,
    branch_name
from judged

{% set key = nps_figure_key() -%}
{% set beside = [
    'survey_type', 'measure', 'period_grain', 'period_start', 'period_end', 'segment', 'definition_version'
] -%}
{% set few_first = ['responses', 'minimum_responses', beside, nps_dimensions()] -%}
{% set shown_from_the_floor = ['promoters', 'passives', 'detractors'] -%}
{% set shown_with_the_score = [
    'nps_change', 'change_z', 'change_p_value', 'change_q_value', 'post_stratified_nps', 'effective_responses',
    'stratified_share'
] -%}

with floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

confidential as (
    select
        definition_version,
        minimum_responses
    from {{ ref('reportability_floors') }}
    where reportability = 'interval_only'
),

scored as (
    select
        cells.*,
        floors.reportability as reached,
        confidential.minimum_responses,
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
    inner join confidential on cells.definition_version = confidential.definition_version
    left join {{ ref('fct_nps_changes') }} as changes on {{ same('cells', 'changes', key) }}
    left join {{ ref('fct_nps_response_rates') }} as response_rates
        on {{ same('cells', 'response_rates', key | reject('in', ['measure', 'period_grain']) | list) }}
    left join {{ ref('fct_nps_revenue_coverage') }} as coverage on {{ same('cells', 'coverage', key) }}
    left join {{ ref('fct_nps_poststratified') }} as poststratified
        on {{ same('cells', 'poststratified', key) }}
    left join {{ ref('dim_branches') }} as branches on lower(trim(cells.branch)) = branches.branch_key
),

-- the members of one dimension add up to the company; where none of them has few answers, none is hidden
grouped as (
    select
        *,
        case
            when
                segment in (
                    {{ explaining_dimension_names() | indent(8) }}
                )
                and min(responses) over (partition by {{ beside | join(', ') }}) < minimum_responses
                then 1
            else 0
        end as has_few
    from scored
),

ordered as (
    select
        *,
        {% for column in shown_from_the_floor %}
            has_few * {{ hidden_before(column, *few_first) | indent(8) }}
                as hidden_{{ column }},
        {% endfor %}
        has_few * {{ hidden_before('responses', *few_first) | indent(4) }}
            as hidden_responses
    from grouped
),

-- if all of the hidden said the same, it is known what each of them said
suppressed as (
    select
        *,
        {{ suppression(
            'responses', 'minimum_responses', 'hidden_responses',
            'greatest(hidden_promoters, hidden_passives, hidden_detractors) = hidden_responses'
        ) | indent(4) }} as suppression
    from ordered
),

judged as (
    select
        *,
        suppression = 'none' as has_interval,
        suppression = 'none' and reached <> 'interval_only' as has_score,
        case when suppression = 'none' then reached else suppression end as reportability
    from suppressed
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

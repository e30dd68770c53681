-- The score as it would be if every value tier answered in proportion to its customers. Products are fixed to
-- 12 decimals before they are added, so that the order of adding cannot change the last digits.
{% set weighing = 'decimal(38, 12)' -%}

with segments as (
    {% for segment, stratified in nps_stratified_segments().items() %}
        select
            '{{ segment }}' as segment,
            '{{ stratified }}' as stratified_segment
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

windows as (
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

strata as (
    select
        windows.survey_type,
        windows.measure,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.standing_date,
        segments.segment,
        {% for dimension in nps_dimensions() %}
            {{ "'(all)' as " ~ dimension if dimension == nps_stratum() else 'windows.' ~ dimension }},
        {% endfor %}
        windows.definition_version,
        populations.account_count,
        windows.responses,
        {{ nps_score('windows.promoters', 'windows.detractors', 'windows.responses') }} as nps
    from windows
    inner join segments on windows.segment = segments.stratified_segment
    inner join {{ ref('dim_periods') }} as periods
        on
            windows.window_start = periods.period_start
            and windows.window_end = periods.period_end
            and (windows.measure = 'in_period' or periods.period_grain = 'trailing_365d')
    inner join {{ ref('fct_account_populations') }} as populations
        on
            periods.standing_date = populations.standing_date
            and {{ same('windows', 'populations', ['definition_version'] + nps_account_dimensions()) }}
),

weighed as (
    select
        {{ nps_figure_key() | join(',\n        ') }},
        standing_date,
        cast(sum(account_count) as {{ double() }}) as stratified_accounts,
        cast(sum(cast(account_count * nps as {{ weighing }})) as {{ double() }}) as weighed_score,
        cast(
            sum(cast(power(cast(account_count as {{ double() }}), 2) / responses as {{ weighing }}))
            as {{ double() }}
        ) as weighed_square
    from strata
    group by
        {{ nps_figure_key() | join(',\n        ') }},
        standing_date
),

-- all tiers, answered or not
totals as (
    select * from {{ ref('fct_account_populations') }}
    where {{ nps_stratum() }} = '(all)'
)

select
    {{ qualified('weighed', nps_figure_key()) }},
    weighed.weighed_score / weighed.stratified_accounts as post_stratified_nps,
    power(weighed.stratified_accounts, 2) / weighed.weighed_square as effective_responses,
    weighed.stratified_accounts / totals.account_count as stratified_share
from weighed
inner join totals
    on {{ same('weighed', 'totals', ['standing_date', 'definition_version'] + nps_account_dimensions()) }}

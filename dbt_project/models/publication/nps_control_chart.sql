-- Whether a score has really shifted: a self-starting CUSUM over periods that are over, of published counts.
-- Each period is compared with all before it, so that no period has to be known as normal.
{% set key = ['survey_type', 'definition_version', 'segment', 'branch'] -%}
{% set running -%}
    over (partition by {{ key | join(', ') }} order by period_start rows between unbounded preceding and current row)
{%- endset -%}
{% set before -%}
    over (partition by {{ key | join(', ') }} order by period_start rows between unbounded preceding and 1 preceding)
{%- endset -%}

with floors as (
    select
        definition_version,
        max(case when reportability = 'indicative' then minimum_responses end) as floor_of_score
    from {{ ref('reportability_floors') }}
    group by definition_version
),

shown as (
    select * from {{ ref('nps_scores') }}
    where
        measure = 'in_period'
        and promoters is not null
        and branch <> 'Unassigned'
        and period_end <= cast({{ as_of() }} as date)
        and (
            (segment = 'company' and period_grain = 'month')
            or (segment = 'branch' and period_grain = 'quarter')
        )
),

earlier as (
    select
        *,
        coalesce(sum(promoters) {{ before }}, 0) as baseline_promoters,
        coalesce(sum(detractors) {{ before }}, 0) as baseline_detractors,
        coalesce(sum(responses) {{ before }}, 0) as baseline_responses
    from shown
),

-- without a shift, this period and those before it are of one score, with one variance
pooled as (
    select
        earlier.*,
        floors.floor_of_score,
        earlier.baseline_promoters + earlier.promoters as all_promoters,
        earlier.baseline_detractors + earlier.detractors as all_detractors,
        earlier.baseline_responses + earlier.responses as all_responses
    from earlier
    inner join floors on earlier.definition_version = floors.definition_version
),

compared as (
    select
        *,
        case
            when baseline_responses > 0
                then {{ nps_score('baseline_promoters', 'baseline_detractors', 'baseline_responses') }}
        end as baseline_nps,
        case
            when baseline_responses >= floor_of_score
                then 100 * sqrt(
                    {{ nps_variance('all_promoters', 'all_detractors', 'all_responses') }}
                    * (1.0 / responses + 1.0 / baseline_responses)
                )
        end as shift_error,
        {{ nps_score('promoters', 'detractors', 'responses') }} as period_nps
    from pooled
),

-- to six decimals: sums of decimals do not depend on their order. All of one band: nothing differs.
standardised as (
    select
        *,
        case
            when shift_error = 0 then cast(0 as decimal(18, 6))
            when shift_error > 0 then {{ rounded('(period_nps - baseline_nps) / shift_error', 6) }}
        end as shift_z
    from compared
),

-- S = max(0, S before + z - k) is the sum so far, less its least value
summed as (
    select
        *,
        sum(coalesce(shift_z - {{ control_allowance() }}, 0)) {{ running }} as up_sum,
        sum(coalesce(-shift_z - {{ control_allowance() }}, 0)) {{ running }} as down_sum
    from standardised
),

charted as (
    select
        *,
        up_sum - least(0, min(up_sum) {{ running }}) as cusum_up,
        down_sum - least(0, min(down_sum) {{ running }}) as cusum_down
    from summed
),

-- a shift is since the period after the last at which there was no sum
begun as (
    select
        *,
        max(case when cusum_up = 0 then period_end end) {{ running }} as up_since,
        max(case when cusum_down = 0 then period_end end) {{ running }} as down_since
    from charted
)

select
    {{ key | join(',\n    ') }},
    period_grain,
    period_start,
    period_end,
    responses,
    nps,
    cast(baseline_responses as bigint) as baseline_responses,
    baseline_nps,
    case when shift_z is not null then greatest(-100, baseline_nps - 3 * shift_error) end as control_low,
    case when shift_z is not null then least(100, baseline_nps + 3 * shift_error) end as control_high,
    cast(shift_z as {{ double() }}) as shift_z,
    case when shift_z is not null then cast(cusum_up as {{ double() }}) end as cusum_up,
    case when shift_z is not null then cast(cusum_down as {{ double() }}) end as cusum_down,
    cast({{ control_limit() }} as {{ double() }}) as cusum_limit,
    case
        when shift_z is null then 'baseline'
        when cusum_up > {{ control_limit() }} then 'shifted up'
        when cusum_down > {{ control_limit() }} then 'shifted down'
        else 'in control'
    end as verdict,
    case
        when shift_z is null then null
        when cusum_up > {{ control_limit() }} then up_since
        when cusum_down > {{ control_limit() }} then down_since
    end as shifted_since,
    branch_name
from begun

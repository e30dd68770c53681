-- Targets beside the scores of their years, which are published: what is hidden of a score is hidden here.
-- A year that has begun is whole among the periods, so it is the year to date.
{% set together = "'(all)'" -%}

with floors as (
    select
        definition_version,
        max(case when reportability = 'indicative' then minimum_responses end) as floor_of_score
    from {{ ref('reportability_floors') }}
    group by definition_version
),

dated as (
    select
        survey_type,
        target_year,
        cast(cast(target_year as string) || '-01-01' as date) as period_start,
        case when trim(branch) = '*' then {{ together }} else trim(branch) end as branch,
        case when trim(journey_stage) = '*' then {{ together }} else trim(journey_stage) end as journey_stage,
        cast(target_nps as {{ double() }}) as target_nps,
        target_owner
    from {{ ref('nps_targets') }}
),

targets as (
    select
        *,
        cast({{ dbt.dateadd('year', 1, 'period_start') }} as date) as period_end,
        cast({{ as_of() }} as date) as as_of_date,
        case
            when branch = {{ together }} and journey_stage = {{ together }} then 'company'
            when journey_stage = {{ together }} then 'branch'
            when branch = {{ together }} then 'journey_stage'
            else 'branch*journey_stage'
        end as segment
    from dated
    where period_start < {{ as_of() }}
),

-- by each definition that is in force on a day of the year up to as-of: each has a score of its own
due as (
    select
        targets.*,
        definitions.definition_version
    from targets
    inner join {{ ref('nps_definitions') }} as definitions
        on
            targets.period_end > definitions.valid_from
            and targets.period_start < coalesce(definitions.valid_to, cast('9999-12-31' as date))
    where definitions.valid_from < {{ as_of() }}
),

yearly as (
    select * from {{ ref('nps_scores') }}
    where measure = 'in_period' and period_grain = 'year'
),

scored as (
    select
        due.*,
        floors.floor_of_score,
        scores.branch as branch_of_score,
        scores.branch_name,
        coalesce(scores.responses, 0) as responses,
        coalesce(scores.reportability, 'suppressed') as reportability,
        scores.nps,
        scores.nps_low,
        scores.nps_high,
        {% set adjusted = nps_adjusted('scores.promoters', 'scores.detractors', 'scores.responses') -%}
        case when scores.nps is not null then {{ nps_score(*adjusted) }} end as adjusted_nps,
        case when scores.nps is not null then {{ nps_standard_error(*adjusted) }} end as adjusted_error
    from due
    inner join floors on due.definition_version = floors.definition_version
    left join yearly as scores
        on
            {{ same('due', 'scores', ['survey_type', 'definition_version', 'period_start', 'segment']) }}
            and lower(due.branch) = lower(trim(scores.branch))
            and lower(due.journey_stage) = lower(scores.journey_stage)
),

-- Each target has its part of the level (Bonferroni), on both sides, and half of it for the end of the year:
-- by the reflection principle a sum is beyond a bound at any time at most twice as often as at the end.
compared as (
    select
        *,
        count(nps) over (partition by survey_type, definition_version, target_year) as targets_compared
    from scored
),

shared as (
    select
        *,
        {{ dbt.datediff('period_start', 'as_of_date', 'day') }} as days_so_far, -- noqa: LT05
        {{ dbt.datediff('period_start', 'period_end', 'day') }} as days_of_year, -- noqa: LT05
        case
            when targets_compared > 0
                then sqrt(-ln(cast({{ target_level() }} as {{ double() }}) / (4 * targets_compared))) - 1.6
        end as root
    from compared
),

bounded as (
    select
        *,
        {{ normal_upper_quantile('root') }} * adjusted_error as half_width,
        least(1.0, cast(days_so_far as {{ double() }}) / days_of_year) as share_of_year
    from shared
),

-- so far only a part of the year is known: the bound is that of the whole sum (O'Brien and Fleming 1979)
judged as (
    select
        *,
        case when nps is not null then greatest(-100, adjusted_nps - half_width / sqrt(share_of_year)) end
            as decisive_low,
        case when nps is not null then least(100, adjusted_nps + half_width / sqrt(share_of_year)) end
            as decisive_high,
        -- widths shrink with the root of the answers: to the distance, where it is just told
        power(half_width, 2) as width_squared,
        power(adjusted_nps - target_nps, 2) as distance_squared,
        responses + 3 as adjusted_responses,
        period_end <= as_of_date as is_over
    from bounded
),

verdicts as (
    select
        *,
        case
            when reportability = 'suppressed_for_others' then 'not shown'
            when target_nps < decisive_low then 'met'
            when target_nps > decisive_high then 'missed'
            when is_over then 'cannot be told'
            else 'cannot be told yet'
        end as verdict
    from judged
)

select
    survey_type,
    definition_version,
    target_year,
    period_start,
    period_end,
    segment,
    coalesce(branch_of_score, branch) as branch,
    journey_stage,
    target_nps,
    target_owner,
    responses,
    nps,
    nps_low,
    nps_high,
    reportability,
    cast(targets_compared as bigint) as targets_compared,
    decisive_low,
    decisive_high,
    verdict,
    case
        when verdict <> 'cannot be told yet' then null
        when responses < floor_of_score then cast(floor_of_score - responses as bigint)
        when width_squared * adjusted_responses > distance_squared * {{ target_most_answers() }} then null
        else cast(
            greatest(
                0, ceil(adjusted_responses * width_squared / distance_squared - 0.000001) - adjusted_responses
            ) as bigint
        )
    end as answers_needed,
    coalesce(branch_name, branch) as branch_name
from verdicts

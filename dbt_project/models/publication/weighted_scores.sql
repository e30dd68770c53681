-- Suppression last, by accounts: fewer than the floor show their number, and few the interval only. Where
-- each account has a vote, the members of a segment add up to the company: what few said must not follow.
{% set beside = [
    'survey_type', 'weighting', 'period_start', 'period_end', 'segment', 'definition_version'
] -%}
{% set key = [
    'survey_type', 'weighting', 'period_start', 'period_end', 'segment', 'customer_value_tier', 'region',
    'definition_version'
] -%}
{% set smaller -%}
    partition by {{ beside | join(', ') }}
    order by accounts, {{ by_digest(['customer_value_tier', 'region']) }}
    rows between unbounded preceding and 1 preceding
{%- endset -%}

with floors as (
    {{ nps_ranges(ref('reportability_floors'), 'reportability', 'minimum_responses') | indent(4) }}
),

scores as (
    select
        scores.*,
        floors.reportability as reached,
        confidential.minimum_responses as minimum_accounts,
        min(scores.accounts) over (partition by {{ qualified('scores', beside) }}) as fewest
    from {{ ref('fct_weighted_scores') }} as scores
    inner join floors
        on
            scores.definition_version = floors.definition_version
            and {{ nps_in_range('scores.accounts', 'floors') }}
    inner join {{ ref('reportability_floors') }} as confidential
        on
            scores.definition_version = confidential.definition_version
            and confidential.reportability = 'interval_only'
),

-- an account may be in several members, so one of the hidden must have enough by itself; and not all said
-- the same
told as (
    select
        *,
        case
            when
                reached <> 'suppressed' and fewest < minimum_accounts
                and (
                    coalesce(max(accounts) over ({{ smaller }}), 0) < minimum_accounts
                    or min(nps) over ({{ smaller }}) > 99.999999
                    or max(nps) over ({{ smaller }}) < -99.999999
                )
                then 'suppressed_for_others'
            else reached
        end as reportability
    from scores
),

judged as (
    select
        *,
        reportability not in ('suppressed', 'suppressed_for_others') as has_interval,
        reportability not in ('suppressed', 'suppressed_for_others', 'interval_only') as has_score
    from told
)

select
    {{ key | join(',\n    ') }},
    accounts,
    responses,
    case when has_score then nps end as nps,
    case when has_score then nps_standard_error end as nps_standard_error,
    case when has_interval then nps_low end as nps_low,
    case when has_interval then nps_high end as nps_high,
    reportability,
    coverage
from judged

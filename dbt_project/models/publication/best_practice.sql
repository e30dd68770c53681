-- What promoters of branches that stand above the others mention more than other promoters: log odds with an
-- informative Dirichlet prior (Monroe, Colaresi & Quinn 2008). Only topics shown of both branch and company.
{% set kind = ['survey_type', 'definition_version'] -%}
{% set of_branch = kind + ['branch'] -%}

with above as (
    select
        {{ of_branch | join(',\n        ') }}
    from {{ ref('branch_scorecards') }}
    where standing = 'above'
),

topics_of_branches as (
    select * from {{ ref('nps_topics') }}
    where segment = 'branch' and period_grain = 'trailing_365d'
),

topics_of_company as (
    select * from {{ ref('nps_topics') }}
    where segment = 'company' and period_grain = 'trailing_365d'
),

counts as (
    select * from {{ ref('fct_topic_counts') }}
    where window_name = 'trailing_365d'
),

counts_of_branches as (
    select * from counts
    where segment = 'branch'
),

counts_of_company as (
    select * from counts
    where segment = 'company'
),

shown as (
    select
        topics_of_branches.*,
        cast(counts_of_branches.mentioning_promoters as {{ double() }}) as mentioning,
        cast(counts_of_company.mentioning_promoters as {{ double() }}) as all_mentioning
    from topics_of_branches
    inner join above on {{ same('topics_of_branches', 'above', of_branch) }}
    inner join topics_of_company on {{ same('topics_of_branches', 'topics_of_company', kind + ['topic']) }}
    inner join counts_of_branches
        on {{ same('topics_of_branches', 'counts_of_branches', of_branch + ['topic']) }}
    inner join counts_of_company
        on {{ same('topics_of_branches', 'counts_of_company', kind + ['topic']) }}
    where counts_of_company.mentioning_promoters > 0
),

totals as (
    select
        {{ of_branch | join(',\n        ') }},
        count(*) as topics,
        sum(mentioning) as mentioning,
        sum(all_mentioning) as all_mentioning
    from shown
    group by
        {{ of_branch | join(',\n        ') }}
    having count(*) > 1
),

-- the prior is worth one mention a topic, shared out as all promoters mention them
with_prior as (
    select
        shown.*,
        totals.topics + totals.mentioning as of_branch,
        totals.topics + totals.all_mentioning - totals.mentioning as of_others,
        totals.topics * shown.all_mentioning / totals.all_mentioning as expected
    from shown
    inner join totals on {{ same('shown', 'totals', of_branch) }}
),

estimated as (
    select
        *,
        ln((mentioning + expected) / (of_branch - mentioning - expected))
        - ln((all_mentioning - mentioning + expected) / (of_others - all_mentioning + mentioning - expected))
            as log_ratio,
        sqrt(
            1 / (mentioning + expected) + 1 / (of_branch - mentioning - expected)
            + 1 / (all_mentioning - mentioning + expected)
            + 1 / (of_others - all_mentioning + mentioning - expected)
        ) as log_error
    from with_prior
),

tested as (
    select
        *,
        {{ nps_p_value('log_ratio / log_error') | indent(8) }} as p_value
    from estimated
),

bounded as (
    select
        *,
        {{ nps_discovery_bound('p_value', kind) }} as discovery_bound
    from tested
),

corrected as (
    select
        *,
        {{ nps_q_value('discovery_bound', 'p_value', kind) }} as exact_q_value
    from bounded
)

select
    survey_type,
    definition_version,
    branch,
    topic,
    period_grain,
    period_start,
    period_end,
    topic_label,
    {{ rounded('log_ratio', 2) }} as log_odds,
    {{ rounded('log_ratio - ' ~ nps_z() ~ ' * log_error', 2) }} as log_odds_low,
    {{ rounded('log_ratio + ' ~ nps_z() ~ ' * log_error', 2) }} as log_odds_high,
    {{ rounded('exact_q_value', 4) }} as q_value,
    case
        when exact_q_value > 0.05 then 'not distinguishable'
        when log_ratio > 0 then 'more'
        else 'fewer'
    end as verdict,
    branch_name
from corrected

"""Checks that a branch is compared and ranked only as far as its answers allow.

Belongs here: `branch_scorecards`: comparison with the rest of the company, pooling, ranks and verdict,
stated again from unsuppressed counts. Does not belong here: the scores themselves (`published_figures`).
"""

from __future__ import annotations

from expectations.definition_rows import highest
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged
from expectations.published_changes import false_discoveries, two_sided, z_of

_Z = 1.959963984540054
_TOLERANCE = 1e-9
_LEVEL = 0.05
_FAMILY = "survey_type, definition_version"
_CARD = "checked.survey_type, checked.definition_version, checked.branch"
_SAME = "checked.survey_type = {0}.survey_type and checked.definition_version = {0}.definition_version"
_AS_PUBLISHED = (
    *("promoters", "passives", "detractors", "responses", "nps", "nps_standard_error", "nps_low", "nps_high"),
    *("reportability", "nps_change", "change_p_value", "change_q_value", "response_rate", "revenue_coverage"),
    *("branch_name", "period_start"),
)


def _branches() -> str:
    """Counts of every branch at the scorecards' date, and whether they are enough to be compared."""
    return f"""
    branches as (
        select cells.survey_type, cells.definition_version, cells.branch, cells.promoters, cells.passives,
            cells.detractors, cells.responses, cells.responses >= floors.at_least as is_compared
        from marts.fct_nps_cells as cells
        inner join {highest("reportability_floors", "floors")}
            on cells.definition_version = floors.definition_version
            and floors.reportability = 'interval_only'
        where
            cells.segment = 'branch' and cells.measure = 'in_period' and cells.period_grain = 'trailing_365d'
            and cells.period_end = (select max(period_end) from checked)
            and cells.branch <> 'Unassigned'
    ),
    companies as (
        select survey_type, definition_version, promoters, passives, detractors, responses,
            cast(promoters as double) / responses as p, cast(passives as double) / responses as pa,
            cast(detractors as double) / responses as d
        from marts.fct_nps_cells
        where
            segment = 'company' and measure = 'in_period' and period_grain = 'trailing_365d'
            and period_end = (select max(period_end) from checked)
    )
"""


class ExpectScorecardsToEqualScores(ExpectNoOffendingRows):
    """A branch manager and the board read the same figure."""

    description: str = "A scorecard is the branch's trailing-365-day row of nps_scores, beside the company's"
    unexpected_rows_query: str = offending(f"""
        select {_CARD}, checked.period_end, checked.responses, checked.nps, checked.company_nps,
            branches.responses as responses_of_scores, branches.nps as nps_of_scores,
            company.nps as company_nps_of_scores
        from checked
        full outer join (
            select * from publication.nps_scores
            where
                segment = 'branch' and measure = 'in_period' and period_grain = 'trailing_365d'
                and period_end = (
                    select max(period_end) from publication.nps_scores where period_grain = 'all_time'
                )
        ) as branches
            on {_SAME.format("branches")}
            and checked.branch = branches.branch and checked.period_end = branches.period_end
        left join publication.nps_scores as company
            on {_SAME.format("company")}
            and company.segment = 'company' and company.measure = 'in_period'
            and company.period_grain = 'trailing_365d' and checked.period_end = company.period_end
        where
            checked.branch is null
            or branches.branch is null
            or checked.company_nps is distinct from company.nps
            or {" or ".join(f"checked.{name} is distinct from branches.{name}" for name in _AS_PUBLISHED)}
    """)


class ExpectBranchesToBeComparedWithTheRest(ExpectNoOffendingRows):
    """Against all others, so that a branch is not compared with itself; q over the branches compared."""

    description: str = "Comparison p and q are of the branch against the rest of the company"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        with {_branches()},
        tested as (
            select survey_type, definition_version, branch, {two_sided("z")} as p_value
            from (
                select branches.*, {
            z_of(
                ("branches.promoters", "branches.detractors", "branches.responses"),
                (
                    "(companies.promoters - branches.promoters)",
                    "(companies.detractors - branches.detractors)",
                    "(companies.responses - branches.responses)",
                ),
            )
        } as z
                from branches
                inner join companies
                    on branches.survey_type = companies.survey_type
                    and branches.definition_version = companies.definition_version
                where branches.is_compared and companies.responses > branches.responses
            ) as differences
        ),
        expected as ({false_discoveries("p_value", _FAMILY)})
        select {_CARD}, comparison_p_value, p_value, comparison_q_value, expected_q
        from checked
        left join expected
            on {_SAME.format("expected")} and checked.branch = expected.branch
        where
            (comparison_p_value is null) <> (p_value is null)
            or (comparison_q_value is null) <> (expected_q is null)
            or abs(comparison_p_value - p_value) > {_TOLERANCE}
            or abs(comparison_q_value - expected_q) > {_TOLERANCE}
            or comparison_q_value < comparison_p_value - {_TOLERANCE}
    """)
    )


class ExpectPoolingTowardTheCompany(ExpectNoOffendingRows):
    """Empirical-Bayes Dirichlet–multinomial (after Ukhov): few answers are drawn to the company's shares."""

    description: str = "Pooled score and interval are the posterior of the branch given all branches"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        with {_branches()},
        groups as (
            select
                survey_type, definition_version, count(*) as b, sum(responses) as n,
                cast(sum(promoters) as double) / sum(responses) as p,
                cast(sum(passives) as double) / sum(responses) as pa,
                cast(sum(detractors) as double) / sum(responses) as d,
                cast(sum(responses * responses) as double) / sum(responses) as mean_size
            from branches
            group by survey_type, definition_version
        ),
        spread as (
            select
                groups.survey_type, groups.definition_version,
                min(p + d - (p - d) * (p - d)) as v,
                sum(
                    responses
                    * power(cast(promoters - detractors as double) / responses - (p - d), 2)
                ) as squares
            from branches
            inner join groups
                on branches.survey_type = groups.survey_type
                and branches.definition_version = groups.definition_version
            group by groups.survey_type, groups.definition_version
        ),
        between_branches as (
            select groups.*, v,
                case when b >= 2 and v > 0 then greatest(0, squares - (b - 1) * v) / (n - mean_size) end
                    as between_variance
            from groups
            inner join spread
                on groups.survey_type = spread.survey_type
                and groups.definition_version = spread.definition_version
        ),
        strengths as (
            select *,
                case
                    when coalesce(between_variance, 0) = 0 then n
                    else least(n, greatest(1, v / between_variance - 1))
                end as a
            from between_branches
        ),
        posterior as (
            select
                branches.survey_type, branches.definition_version, branches.branch,
                (promoters + a * p) / (responses + a) as theta_p,
                (detractors + a * d) / (responses + a) as theta_d, responses + a + 1 as weight
            from branches
            inner join strengths
                on branches.survey_type = strengths.survey_type
                and branches.definition_version = strengths.definition_version
            where is_compared
        ),
        expected as (
            select *, theta_p - theta_d as score,
                sqrt((theta_p + theta_d - power(theta_p - theta_d, 2)) / weight) as deviation
            from posterior
        )
        select {_CARD}, pooled_nps, 100 * score as expected_nps, pooled_low, pooled_high, 100 * deviation
        from checked
        left join expected
            on {_SAME.format("expected")} and checked.branch = expected.branch
        where
            (pooled_low is null) <> (score is null)
            or (pooled_high is null) <> (score is null)
            or (pooled_nps is null) <> (checked.nps is null or score is null)
            or abs(pooled_nps - 100 * score) > {_TOLERANCE}
            or abs(pooled_low - greatest(-100, 100 * (score - {_Z} * deviation))) > {_TOLERANCE}
            or abs(pooled_high - least(100, 100 * (score + {_Z} * deviation))) > {_TOLERANCE}
    """)
    )


class ExpectRanksFromPooledIntervals(ExpectNoOffendingRows):
    """Overlapping intervals share their ranks: nobody is called worst by noise."""

    description: str = "Best and worst rank count the branches whose pooled interval is wholly above or below"
    unexpected_rows_query: str = offending(f"""
        select {_CARD}, checked.best_rank, checked.worst_rank,
            1 + count(case when others.pooled_low > checked.pooled_high then 1 end) as expected_best,
            count(others.branch) - count(case when others.pooled_high < checked.pooled_low then 1 end)
                as expected_worst
        from checked
        left join checked as others
            on {_SAME.format("others")} and others.pooled_low is not null
        where checked.pooled_low is not null
        group by {_CARD}, checked.best_rank, checked.worst_rank, checked.pooled_low, checked.pooled_high
        having
            coalesce(checked.best_rank <> expected_best, true)
            or coalesce(checked.worst_rank <> expected_worst, true)
        union all
        select {_CARD}, best_rank, worst_rank, null, null
        from checked
        where pooled_low is null and coalesce(best_rank, worst_rank) is not null
    """)


class ExpectVerdictsToBeEarned(ExpectNoOffendingRows):
    """Above or below only where it survives all comparisons and the pooled interval agrees."""

    description: str = "Above or below needs q at most 0.05 and a pooled interval without the company's score"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        with {_branches()},
        pooled as (
            select survey_type, definition_version,
                100e0 * (sum(promoters) - sum(detractors)) / sum(responses) as m
            from branches
            group by survey_type, definition_version
        )
        select {_CARD}, standing, comparison_q_value, pooled_low, pooled_high, m
        from checked
        left join pooled on {_SAME.format("pooled")}
        where
            standing is distinct from case
                when pooled_low is null then null
                when comparison_q_value <= {_LEVEL} and pooled_low > m then 'above'
                when comparison_q_value <= {_LEVEL} and pooled_high < m then 'below'
                else 'not distinguishable'
            end
    """)
    )

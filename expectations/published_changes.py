"""Checks that a shown change, and its p and q, follow from two periods' answers.

Belongs here: change, z, p and q of `nps_scores`, and the restated statistics that scorecards share. Does not
belong here: the score and interval of one period (`published_figures`).

p is integrated: 1 − 2·∫φ from 0 to |z|, by Gauss–Legendre; the models use a rational approximation.
"""

from __future__ import annotations

import math

from numpy.polynomial.legendre import leggauss

from expectations.definition_rows import highest
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged
from expectations.running_totals import DAILY, cell, totals

_BANDS = ("promoters", "detractors", "responses")
_TOLERANCE = 1e-9
_BEYOND = 8.0  # two-sided p of |z| = 8 is 1e-15
_NODES = 24
#: What is shown together and tested together.
FAMILY = "survey_type, measure, period_grain, period_start, period_end, segment, definition_version"


def two_sided(z: str) -> str:
    """An SQL expression of the two-sided p-value of a z, within 1e-12."""
    nodes, weights = leggauss(_NODES)
    half = f"(least(abs({z}), {_BEYOND}) / 2)"
    area = " + ".join(
        f"{weight!r}e0 * exp(-power({half} * {1 + node!r}e0, 2) / 2)"
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True)
    )
    return f"(1 - {math.sqrt(2 / math.pi)!r}e0 * {half} * ({area}))"


def adjusted(promoters: str, detractors: str, responses: str) -> tuple[str, str]:
    """SQL expressions of score and squared standard error with ¾, 1½ and ¾ answers more, on −1..1."""
    score = f"(cast({promoters} - {detractors} as double) / ({responses} + 3))"
    shares = f"({promoters} + {detractors} + 1.5e0) / ({responses} + 3)"
    squared = f"(({shares} - {score} * {score}) / ({responses} + 3))"
    return score, squared


def z_of(one: tuple[str, str, str], other: tuple[str, str, str]) -> str:
    """An SQL expression of the z of two scores; each is promoters, detractors, responses."""
    (score, squared), (other_score, other_squared) = adjusted(*one), adjusted(*other)
    return f"(({score} - {other_score}) / sqrt({squared} + {other_squared}))"


def false_discoveries(p_value: str, family: str) -> str:
    """A query over `tested`: each row with `expected_q`, Benjamini–Hochberg within its family.

    q = the least m·p/k over all p of the family that are not smaller, k = how many are not greater.
    """
    return f"""
        select *,
            min(p_over_rank * in_family) over (
                partition by {family} order by {p_value} desc range unbounded preceding
            ) as expected_q
        from (
            select *,
                count(*) over (partition by {family}) as in_family,
                {p_value} / count(*) over (
                    partition by {family} order by {p_value} range unbounded preceding
                ) as p_over_rank
            from tested
        ) as ranked
    """


class ExpectChangesToFollowFromBothPeriods(ExpectNoOffendingRows):
    """The same cell in the period before, both with enough answers to show a score, or no change at all."""

    description: str = "A change is the score less that of the period before, where both may show a score"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        with named as (
            select
                cell, segment, period_grain, period_start, period_end,
                promoters, detractors, responses, nps, nps_change, change_z,
                cast(case period_grain
                    when 'month' then period_start - interval '1' month
                    when 'quarter' then period_start - interval '3' month
                    when 'year' then period_start - interval '1' year
                    when 'trailing_90d' then period_start - interval '90' day
                    when 'trailing_365d' then period_start - interval '365' day
                end as date) as previous_start,
                floors.at_least as enough
            from (select *, {cell("measure")} as cell from checked) as scores
            inner join {highest("reportability_floors", "floors")}
                on scores.definition_version = floors.definition_version
                and floors.reportability = 'indicative'
            where
                measure = 'in_period' and period_grain <> 'all_time' and responses >= floors.at_least
        ),
        {
            totals(
                {"in_period": DAILY},
                (
                    "select number, period_start as day from figures",
                    "select number, previous_start from figures",
                ),
                _BANDS,
            )
        },
        compared as (
            select
                figures.*,
                {", ".join(f"ends.{name} - starts.{name} as before_{name}" for name in _BANDS)}
            from figures
            inner join totals as ends on figures.number = ends.number and figures.period_start = ends.day
            -- an engine would join two inner ones with each other first
            left join totals as starts
                on figures.number = starts.number and figures.previous_start = starts.day
        ),
        expected as (
            select *,
                nps - 100e0 * (before_promoters - before_detractors) / before_responses as expected_change,
                {z_of(_BANDS, ("before_promoters", "before_detractors", "before_responses"))} as expected_z
            from compared
            where before_responses >= enough
        )
        select period_grain, period_start, segment, cell, nps_change, expected_change, change_z, expected_z
        from expected
        where coalesce(
            abs(nps_change - expected_change) > {_TOLERANCE} or abs(change_z - expected_z) > {
            _TOLERANCE
        }, true
        )
        union all
        select period_grain, period_start, segment, cell, nps_change, null, change_z, null
        from compared
        where before_responses < enough and coalesce(nps_change, change_z) is not null
        union all
        select period_grain, period_start, segment, {cell("measure")}, nps_change, null, change_z, null
        from checked
        where
            (measure <> 'in_period' or period_grain = 'all_time' or nps is null)
            and coalesce(nps_change, change_z) is not null
    """)
    )


class ExpectPValuesToFollowFromZ(ExpectNoOffendingRows):
    """The probability of a difference at least so large where there is none."""

    description: str = "A change has p exactly where it has z, and p is that of |z|, two-sided"
    unexpected_rows_query: str = offending(f"""
        select survey_type, period_grain, period_start, segment, change_z, change_p_value
        from checked
        where
            (change_z is null) <> (change_p_value is null)
            or (nps_change is null) <> (change_z is null)
            or (change_z is not null and abs(change_p_value - {two_sided("change_z")}) > {_TOLERANCE})
    """)


class ExpectQValuesToControlFalseDiscoveries(ExpectNoOffendingRows):
    """Of a hundred changes tested at 5 % five look real: q says so, over all that are shown together."""

    description: str = "q is Benjamini–Hochberg's over the changes shown together, never below p"
    unexpected_rows_query: str = offending(f"""
        with tested as (
            select {FAMILY}, change_p_value, change_q_value from checked where change_p_value is not null
        ),
        expected as ({false_discoveries("change_p_value", FAMILY)})
        select {FAMILY}, change_p_value, change_q_value, expected_q
        from expected
        where coalesce(
            abs(change_q_value - expected_q) > {_TOLERANCE}
            or change_q_value < change_p_value - {_TOLERANCE},
            true
        )
        union all
        select {FAMILY}, change_p_value, change_q_value, null
        from checked
        where change_p_value is null and change_q_value is not null
    """)

"""Targets and control charts of the recount: verdicts by hand, and each difference from what is published."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from scipy import stats

from expectations import definition
from expectations.recount import comparison, control, targets
from expectations.recount.coding import rows_as_table
from expectations.recount.targets import Attainment, Score

YEAR = date(2025, 1, 1)
VERSION = "2023.1"


def target(branch: str = "*", stage: str = "*", nps: str = "30", year: str = "2025") -> dict[str, str]:
    return {
        **{"survey_type": "relationship", "branch": branch, "journey_stage": stage},
        **{"target_year": year, "target_nps": nps, "target_owner": "Board"},
    }


def place(segment: str, branch: str = "(all)", stage: str = "(all)") -> targets.Place:
    return ("relationship", VERSION, YEAR, segment, branch, stage)


def judged(
    wanted: list[dict[str, str]], scores: dict[targets.Place, Score], as_of: date
) -> dict[tuple[str, str], Attainment]:
    rows = targets.judged(wanted, scores, definition.versions(), as_of)
    return {(row.branch, row.journey_stage): row for row in rows}


@pytest.mark.parametrize("compared", [1, 7, 400])
def test_the_bounds_are_the_projects_interval_at_a_level_of_its_own(compared: int) -> None:
    middle, reach = targets.bounds(50, 20, 100, compared)
    up, down = 50.75 / 103, 20.75 / 103
    error = 100 * ((up + down - (up - down) ** 2) / 103) ** 0.5
    assert middle == pytest.approx(100 * (up - down))
    assert reach == pytest.approx(stats.norm.isf(0.05 / compared / 4) * error)


def test_a_target_is_told_when_so_many_answers_as_it_said_are_there() -> None:
    """A little before, since the three answers added weigh less and less."""
    scores = {place("company"): Score("(all)", 500, 200, 1_000, 30.0, 25.0, 35.0, "reportable")}
    [row] = judged([target(nps="28")], scores, date(2025, 7, 1)).values()
    assert row.verdict == "cannot be told yet"
    assert row.answers_needed is not None
    enough = 1_000 + row.answers_needed
    for responses, is_told in ((enough, True), (enough * 0.9, False)):
        counts = responses * 0.5, responses * 0.2
        scores = {place("company"): Score("(all)", *counts, responses, 30.0, 25.0, 35.0, "reportable")}
        [row] = judged([target(nps="28")], scores, date(2026, 1, 1)).values()
        assert (row.verdict == "met") == is_told


def test_what_is_hidden_or_not_there_is_not_compared() -> None:
    scores = {
        place("company"): Score("(all)", 500, 200, 1_000, 30.0, 25.0, 35.0, "reportable"),
        place("branch", "b1"): Score("B1", None, None, 400, None, None, None, "suppressed_for_others"),
        place("branch", "b2"): Score("B2", 12, 4, 20, None, 5.0, 65.0, "interval_only"),
    }
    wanted = [target(nps="50"), *map(target, ("b1", "b2", "B3")), target(year="2027")]
    rows = judged(wanted, scores, date(2026, 1, 1))
    assert {branch: row.verdict for (branch, _), row in rows.items()} == {
        **{"(all)": "missed", "B1": "not shown", "B2": "cannot be told", "B3": "cannot be told"},
    }
    assert {row.targets_compared for row in rows.values()} == {1}
    early = judged(wanted, scores, date(2025, 1, 20))
    assert {branch: (row.verdict, row.answers_needed) for (branch, _), row in early.items()} == {
        "(all)": ("cannot be told yet", 0),
        "B1": ("not shown", None),
        "B2": ("cannot be told yet", 10),
        "B3": ("cannot be told yet", 30),
    }


def test_a_target_that_is_the_score_needs_no_number() -> None:
    scores = {place("company"): Score("(all)", 500, 500, 1_000, 0.0, -5.0, 5.0, "reportable")}
    [row] = judged([target(nps="0")], scores, date(2025, 7, 1)).values()
    assert (row.verdict, row.answers_needed) == ("cannot be told yet", None)


def test_the_first_period_with_enough_before_it_is_compared_as_two_samples_of_one_score() -> None:
    few, enough = control.Counts(10, 5, 29), control.Counts(11, 5, 30)
    now = control.Counts(20, 10, 40)
    assert control.compared(now, few, 30) == (None, None)
    z, error = control.compared(now, enough, 30)
    scores = [1] * 31 + [-1] * 15 + [0] * 24
    spread = stats.describe(scores, ddof=0).variance
    assert error is not None
    assert error == pytest.approx(100 * (spread * (1 / 40 + 1 / 30)) ** 0.5)
    assert z == pytest.approx((25 - 20) / error, abs=1e-6)
    assert control.compared(control.Counts(9, 0, 9), control.Counts(40, 0, 40), 30) == (0.0, 0.0)


def test_a_sum_begins_again_where_nothing_is_left_of_it() -> None:
    sums = control.Sums()
    for month, z in enumerate((0.4, 3.0, 2.0, 1.5), start=1):
        sums = sums.after(z, date(2025, month, 1))
    assert [float(each) for each in sums[:2]] == [5.0, 0.0]
    assert sums.verdict() == ("shifted up", date(2025, 1, 1))
    assert sums.after(-9.0, date(2025, 5, 1)).verdict() == ("shifted down", date(2025, 4, 1))


@pytest.mark.parametrize(
    ("kind", "table", "compare", "changed"),
    [
        (Attainment, "target_attainment", comparison.of_targets, {"verdict": "met"}),
        (control.Charted, "nps_control_chart", comparison.of_charts, {"cusum_up": 5.0}),
    ],
)
def test_a_difference_is_named(kind: Any, table: str, compare: Any, changed: dict[str, Any]) -> None:
    row = kind(**{name: _SAMPLE[name] for name in kind._fields})
    with duckdb.connect() as connection:
        connection.execute("create schema publication")
        connection.register("given", rows_as_table(kind, [row._replace(**changed)]))
        connection.execute(f"create table publication.{table} as from given")
        [difference] = compare(connection, [row])
        assert {difference.column: difference.published} == changed
        assert len(compare(connection, [])) == 1


_SAMPLE: dict[str, Any] = {
    **{"survey_type": "relationship", "definition_version": VERSION, "target_year": 2025},
    **{"segment": "company", "branch": "(all)", "journey_stage": "(all)", "period_grain": "month"},
    **{"period_start": YEAR, "period_end": date(2026, 1, 1), "target_nps": 30.0, "target_owner": "Board"},
    **{"responses": 100, "nps": 30.0, "nps_low": 20.0, "nps_high": 40.0, "reportability": "reportable"},
    **{"targets_compared": 1, "decisive_low": 18.0, "decisive_high": 42.0, "answers_needed": None},
    **{"verdict": "cannot be told", "baseline_responses": 100, "baseline_nps": 30.0, "shift_z": 0.0},
    **{"control_low": 20.0, "control_high": 40.0, "cusum_up": 0.0, "cusum_down": 0.0},
    **{"cusum_limit": 4.774, "shifted_since": None},
}

"""An attacker reads the whole publication, and learns nothing that is hidden in it."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from expectations.recount.bridge_hidden import of_few
from tests.disclosure.money import amount_of, attacker
from tests.disclosure.scores import BANDS, in_doubt, learnt
from tests.disclosure.tables import has_rectangle, known_exactly, lines
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

FLOOR = 5


def rows(tables: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = tables.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_no_amount_is_recovered(refreshed: Company) -> None:
    """It may be anything from nothing to what is left of the company's, which the floor's accounts pay."""
    with refreshed.published() as tables:
        published = rows(tables, "from revenue_coverage")
        attack = attacker(published, rows(tables, "from revenue_at_risk"))
    groups = defaultdict(list)
    for row in published:
        groups[row["survey_type"], row["band"], row["segment"]].append(row)
    attacked = 0
    for (survey_type, band, _), members in groups.items():
        [company] = groups[survey_type, band, "company"]
        hidden = [row for row in members if row["mrr"] is None]
        left = float(company["mrr"] - sum(row["mrr"] for row in members if row["mrr"] is not None))
        assert not hidden or sum(row["accounts"] for row in hidden) >= FLOOR
        for row in hidden:
            assert attack.interval(amount_of(row)) == pytest.approx((0, left), rel=1e-6)
            attacked += row["suppression"] == "suppressed"
    assert attacked > FLOOR


GROUP = "survey_type, measure, period_grain, period_start, period_end, definition_version"
SINGLE = "segment <> 'company' and segment not like '%*%'"


def test_no_hidden_members_together_have_too_few_answers(refreshed: Company) -> None:
    """All groups of one dimension: what the company leaves of them is of nobody, or of enough."""
    with refreshed.published() as tables:
        together = tables.execute(
            f"select count(*), min(answers) from (select sum(responses) as answers from nps_scores"
            f" where {SINGLE} and promoters is null group by {GROUP}, segment)"
        ).fetchone()
        [(for_others, shares)] = tables.execute(
            "select count(*), count(comparison_p_value) + count(nps_low) + count(standing)"
            " from branch_scorecards where reportability = 'suppressed_for_others'"
        ).fetchall()
    assert together is not None
    assert together[0] > 100
    assert together[1] >= FLOOR
    assert for_others > 0
    assert shares == 0


#: What a figure is beside its period.
MEMBERS = "survey_type, segment, customer_value_tier, journey_stage, branch, region, plan, channel"


def test_no_change_tells_the_score_it_is_from(refreshed: Company) -> None:
    """Of months, quarters and years: where the score of the one before is hidden, so is the change."""
    with refreshed.published() as tables:
        tables.execute(
            "create temp table hidden as from nps_scores"
            " where measure = 'in_period' and reportability = 'suppressed_for_others'"
        )
        changes = tables.execute(
            "select count(*), count(later.nps_change) from hidden"
            f" join nps_scores as later using (measure, period_grain, definition_version, {MEMBERS})"
            " where hidden.period_end = later.period_start and least(hidden.responses, later.responses) >= 30"
        ).fetchone()
        named = tables.execute(
            "select count(*) from nps_changes_explained as cells join hidden"
            " using (survey_type, period_grain, segment, definition_version)"
            f" where cells.member in ({', '.join(f'hidden.{name}' for name in MEMBERS.split(', ')[2:])})"
            " and hidden.period_start in (cells.period_start, cells.previous_start)"
        ).fetchone()
    assert changes is not None
    assert changes[0] > FLOOR
    assert changes[1] == 0
    assert named == (0,)


def test_no_cell_of_two_dimensions_is_recovered(refreshed: Company) -> None:
    """Of all tables: a cell with few answers is known only where no rectangle could hide it."""
    with refreshed.published() as tables:
        every = rows(
            tables, f"select *, concat_ws('|', {GROUP}) as place from nps_scores where segment <> 'company'"
        )
    not_shown, crossed = defaultdict(set), defaultdict(list)
    for row in every:
        if "*" in row["segment"]:
            crossed[row["place"], row["segment"]].append(row)
        elif row["promoters"] is None:
            not_shown[row["place"], row["segment"]].add(row[row["segment"]])
    attacked, impossible = 0, 0
    for (place, segment), cells in crossed.items():
        sides = lines(segment)
        gone = [not_shown[place, side] for side in sides]
        table = {(row[sides[0]], row[sides[1]]): row for row in cells}
        hidden = {cell for cell, row in table.items() if row["promoters"] is None}
        shown = [{cell[side] for cell in table} - gone[side] for side in (0, 1)]
        for cell in known_exactly(hidden, *shown):
            if table[cell]["reportability"] == "suppressed":
                assert not has_rectangle(cell, dict.fromkeys(table, (0, 0, 0)), *gone), (
                    place,
                    segment,
                    cell,
                )
                impossible += 1
        attacked += sum(row["reportability"] == "suppressed" for row in cells)
    assert attacked > 1_000
    assert impossible < attacked / 1_000


def test_no_count_is_recovered(refreshed: Company) -> None:
    """Of the smallest hidden groups, two bands or more of those with few answers stay in doubt."""
    with refreshed.published() as tables:
        every = rows(tables, f"select *, concat_ws('|', {GROUP}) as place from nps_scores where {SINGLE}")
        companies = {
            row["place"]: row
            for row in rows(
                tables,
                f"select *, concat_ws('|', {GROUP}) as place from nps_scores where segment = 'company'",
            )
        }
    groups = defaultdict(list)
    for row in every:
        if companies[row["place"]]["promoters"] is not None:
            groups[row["place"], row["segment"]].append(row | {"name": row[row["segment"]]})
    sizes = {
        group: sum(row["responses"] for row in members if row["promoters"] is None)
        for group, members in groups.items()
    }
    for group in sorted((each for each in groups if sizes[each]), key=lambda each: (sizes[each], each))[:15]:
        company, members = companies[group[0]], groups[group]
        few = next(row for row in members if row["reportability"] == "suppressed")
        all_the_same = company["responses"] in [company[band] for band in BANDS]
        assert all_the_same or in_doubt(learnt(company, members, few)) >= 2


def test_no_two_lines_of_a_bridge_tell_of_few(refreshed: Company) -> None:
    """Of all bridges; a survey shows scores only if it is alone."""
    with refreshed.published() as tables:
        every = rows(tables, "from nps_bridge order by line_number")
    bridges, surveys = defaultdict(list), defaultdict(set)
    for row in every:
        cell = (row["survey_type"], row["period_start"], row["definition_version"])
        bridges[cell, row["source"], row["survey_id"]].append(row)
        if row["source"] != "(all)":
            surveys[cell].add((row["source"], row["survey_id"]))
    beside, hidden = 0, 0
    for (cell, source, _), bridge in bridges.items():
        bands = [tuple(row[band] for band in BANDS) for row in bridge if row["promoters"] is not None]
        assert not (bands and source != "(all)" and len(surveys[cell]) > 1)
        assert not any(of_few(one, other, FLOOR) for one, other in pairwise(bands))
        beside += len(bands)
        hidden += sum(row["reportability"] == "suppressed_for_others" for row in bridge)
    assert min(beside, hidden) > 100

"""An attacker reads what is published of accounts over windows, and learns nothing that is hidden in it."""

from __future__ import annotations

import pytest

from tests.disclosure.windows import FIGURES, associated, figure_of, move_of, moved
from tests.end_to_end.simulated import Company
from tests.end_to_end.test_nothing_hidden_is_recovered import FLOOR, rows

pytestmark = pytest.mark.xdist_group("end_to_end")


def test_no_association_is_recovered(refreshed: Company) -> None:
    """Of few accounts neither how many churned, nor of how many windows, nor what they paid."""
    with refreshed.published() as tables:
        published = rows(tables, "from revenue_association")
        exchanged = rows(tables, "from association_placebo where placebo = 'permuted'")
    attacked = 0
    for look in {(row["survey_type"], row["horizon_days"]) for row in published}:
        of_look, beside = (
            [row for row in each if (row["survey_type"], row["horizon_days"]) == look]
            for each in (published, exchanged)
        )
        attack = associated(of_look, beside)
        for row in of_look:
            if row["accounts"] < FLOOR:
                for figure in FIGURES:
                    low, high = attack.interval(figure_of(row, figure))
                    assert high - low > 0.5 * high > 0, (row, figure)
                attacked += 1
    assert attacked > FLOOR


def test_no_move_is_recovered(refreshed: Company) -> None:
    """Of few accounts nobody knows what they paid: nothing, or as much as others with them."""
    with refreshed.published() as tables:
        every = rows(tables, "from band_transitions")
        totals = rows(tables, "from revenue_association where segment = 'company'")
        today = rows(tables, "from revenue_coverage where segment = 'company'")
    attacked = 0
    for look in {(row["survey_type"], row["horizon_days"]) for row in every}:
        moves = [row for row in every if (row["survey_type"], row["horizon_days"]) == look]
        of_look = [row for row in totals if (row["survey_type"], row["horizon_days"]) == look]
        attack = moved(moves, of_look, [row for row in today if row["survey_type"] == look[0]])
        newest = max(row["window_end"] for row in moves)
        for row in moves:
            if row["accounts"] < FLOOR and row["window_end"] == newest:
                low, high = attack.interval(move_of(row))
                assert low == pytest.approx(0, abs=1e-6)
                assert high > 0
                attacked += 1
    assert attacked > FLOOR

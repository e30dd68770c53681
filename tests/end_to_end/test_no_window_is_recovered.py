"""An attacker reads all windows of each cell, and learns nothing of those with few answers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from tests.disclosure.dates import Window, follow
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

MEMBERS = "customer_value_tier, journey_stage, branch, region, plan, channel"
FLOOR = 5


def test_no_window_of_few_answers_follows_from_the_others(refreshed: Company) -> None:
    """A window with no answer is known; without protection thousands would follow.

    What is left are windows that others of their period hide: they tell what several members with few
    answers have together (docs/decisions/0078-windows-of-a-cell-are-divided-where-enough-answered.md).
    """
    with refreshed.published() as tables:
        periods: set[Window] = {
            *tables.execute("select distinct period_start, period_end from nps_scores").fetchall()
        }
        found = tables.execute(
            f"select distinct survey_type, segment, {MEMBERS}, period_start, period_end, responses,"
            " promoters is not null from nps_scores where measure = 'in_period'"
        ).fetchall()
    cells: dict[tuple[str, ...], dict[Window, tuple[int, bool]]] = defaultdict(dict)
    for *cell, start, end, responses, is_shown in found:
        cells[tuple(cell)][start, end] = responses, is_shown
    hidden, few, learnt, learnt_of_few, without_protection = 0, 0, 0, 0, 0
    for windows in cells.values():
        empty: dict[Window, bool] = dict.fromkeys(periods - set(windows), True)
        known = follow(empty | {window: is_shown for window, (_, is_shown) in windows.items()})
        free = follow(empty | {window: responses >= FLOOR for window, (responses, _) in windows.items()})
        small = {window for window, (responses, _) in windows.items() if responses < FLOOR}
        hidden += sum(not is_shown for _, is_shown in windows.values())
        few += len(small)
        learnt += len(known)
        learnt_of_few += len(known & small)
        without_protection += len(free)
    assert without_protection > few / 20
    assert learnt_of_few == 0
    assert learnt < hidden / 100


def test_years_and_quarters_of_the_company_are_shown(refreshed: Company) -> None:
    """What the company as a whole said is hidden for single days only: where trailing windows begin."""
    with refreshed.published() as tables:
        [(hidden,)] = tables.execute(
            "select count(*) from nps_scores where segment = 'company' and promoters is null"
            " and period_grain in ('month', 'quarter', 'year', 'all_time') and responses >= ?",
            [FLOOR],
        ).fetchall()
        latest: list[tuple[date, int]] = tables.execute(
            "select period_end, count(promoters) from nps_scores where segment = 'company'"
            " and measure = 'in_period' and period_grain = 'trailing_365d'"
            " group by period_end order by period_end desc limit 1"
        ).fetchall()
    assert hidden == 0
    assert latest[0][1] > 0

"""What is published of the windows of one cell, as an attacker reads it.

Belongs here: which windows add up to which. Does not belong here: the system (`attacker`), what may be learnt
(the tests).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from tests.disclosure.attacker import Attacker
from tests.disclosure.scores import BANDS

#: First day, and the first day after it.
Window: TypeAlias = tuple[date, date]
Counts: TypeAlias = Sequence[int]


def follow(windows: Mapping[Window, bool]) -> set[Window]:
    """Windows that are not shown (false) and follow from those that are by taking them from each other.

    A window is what came until its end less what came until its start: it is known where shown windows lead
    from one date to the other.
    """
    leads: dict[date, date] = {}

    def root(day: date) -> date:
        while leads.setdefault(day, day) != day:
            day = leads[day]
        return day

    for window, is_shown in windows.items():
        if is_shown:
            leads[root(window[0])] = root(window[1])
    return {window for window, is_shown in windows.items() if not is_shown and len({*map(root, window)}) == 1}


def attacker(windows: Mapping[Window, Counts], shown: Iterable[Window]) -> Attacker:
    """All that is said of a cell: how many answered in each window, and in those shown what they answered."""
    found, dates = Attacker(), sorted({day for window in windows for day in window})
    for window, counts in windows.items():
        inside = [day for day in dates[:-1] if window[0] <= day < window[1]]
        for band in BANDS:
            found.adds_up([(day, band) for day in inside], (window, band))
        found.learns({(window, band): 1.0 for band in BANDS}, sum(counts))
    for window in shown:
        for band, count in zip(BANDS, windows[window], strict=True):
            found.knows((window, band), count)
    return found

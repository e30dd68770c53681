"""Every period figures are shown for, and the period each is compared with.

Belongs here: the calendar. Does not belong here: counting in it (`cells`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

CALENDAR = {"month": 1, "quarter": 3, "year": 12}
TRAILING = {"trailing_90d": 90, "trailing_365d": 365}


class Period(NamedTuple):
    """From `start` until before `end`; `previous` is where the period before it starts, None: nothing is."""

    grain: str
    start: date
    end: date
    previous: date | None


def periods(first: date, as_of: date) -> Iterator[Period]:
    """Every period that can hold an answer from `first` until before `as_of`."""
    yield Period("all_time", first, as_of, None)
    for grain, months in CALENDAR.items():
        start = date(first.year, (first.month - 1) // months * months + 1, 1)
        while start < as_of:
            yield Period(grain, start, later(start, months), later(start, -months))
            start = later(start, months)
    ends = {as_of}
    month = later(first.replace(day=1), 1)
    while month <= as_of:
        ends.add(month)
        month = later(month, 1)
    for grain, days in TRAILING.items():
        for end in sorted(ends):
            start = end - timedelta(days=days)
            yield Period(grain, start, end, start - timedelta(days=days))


def later(start: date, months: int) -> date:
    """The first of a month so many months later."""
    year, month = divmod(start.month - 1 + months, 12)
    return date(start.year + year, month + 1, 1)

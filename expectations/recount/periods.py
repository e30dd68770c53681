"""Every period figures are shown for, and the period each is compared with.

Belongs here: the calendar. Does not belong here: counting in it (`cells`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from expectations.recount.statistics import Integers

CALENDAR = {"month": 1, "quarter": 3, "year": 12}
TRAILING = {"trailing_90d": 90, "trailing_365d": 365}
#: The only grain of the measure `current_state`.
CURRENT = "trailing_365d"
_EPOCH = date(1970, 1, 1)


class Period(NamedTuple):
    """From `start` until before `end`; `previous` is where the period before it starts, None: nothing is."""

    grain: str
    start: date
    end: date
    previous: date | None


@dataclass(frozen=True)
class Calendar:
    """All periods, and the days on which any of them begins or ends; days are counted from 1970."""

    periods: tuple[Period, ...]
    as_of: date

    @classmethod
    def of(cls, first: date | None, as_of: date) -> Calendar:
        """From the first counted answer on; None: there is none, and no period."""
        return cls(() if first is None else tuple(periods(first, as_of)), as_of)

    @cached_property
    def starts(self) -> Integers:
        """The first day of each period."""
        return _days(period.start for period in self.periods)

    @cached_property
    def ends(self) -> Integers:
        """The day after each period."""
        return _days(period.end for period in self.periods)

    @cached_property
    def until(self) -> Integers:
        """The day after each period, or as-of where that is earlier."""
        return _days(min(period.end, self.as_of) for period in self.periods)

    @cached_property
    def before(self) -> Integers:
        """The first day of the period that each is compared with; the period's own where there is none."""
        return _days(period.previous or period.start for period in self.periods)

    @cached_property
    def days(self) -> Integers:
        """Every day of those above, ascending."""
        return np.unique(np.concatenate([self.starts, self.ends, self.until, self.before]))

    @cached_property
    def windows(self) -> Integers:
        """Where each period, and the one before it, begins and ends among the days: `[window, side]`."""
        pairs = np.concatenate(
            [np.stack([self.starts, self.ends], axis=1), np.stack([self.before, self.starts], axis=1)]
        )
        found: Integers = np.searchsorted(self.days, np.unique(pairs, axis=0))
        return found

    @cached_property
    def shown(self) -> dict[str, Integers]:
        """Measure → the places of its periods."""
        current = [place for place, period in enumerate(self.periods) if period.grain == CURRENT]
        return {"in_period": np.arange(len(self.periods)), "current_state": np.array(current, np.int64)}


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


def _days(found: Iterator[date]) -> Integers:
    return np.array([(day - _EPOCH).days for day in found], np.int64)

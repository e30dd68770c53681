"""The periods that are published, and the one each is compared with.

Belongs here: the calendar. Does not belong here: answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from demo.truth.definition import TRAILING_DAYS

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True)
class Period:
    """A published period; `end` is exclusive."""

    grain: str
    start: date
    end: date

    @property
    def previous(self) -> Period | None:
        """The calendar period before, or the window as long that ends where this one begins."""
        if self.grain in _MONTHS:
            return Period(self.grain, *calendar_period(self.start - timedelta(days=1), self.grain))
        if self.grain in TRAILING_DAYS:
            return Period(self.grain, self.start - (self.end - self.start), self.start)
        return None


def calendar_period(day: date, grain: str) -> tuple[date, date]:
    """The month, quarter or year with this day, end exclusive."""
    months = _MONTHS[grain]
    first = (day.month - 1) // months * months
    after = first + months
    return date(day.year, first + 1, 1), date(day.year + after // 12, after % 12 + 1, 1)


def trailing_ends(first: date, as_of: date) -> list[date]:
    """First days of the months after the first answer up to as-of, and as-of itself."""
    ends = set[date]()
    _, end = calendar_period(first, "month")
    while end <= as_of:
        ends.add(end)
        _, end = calendar_period(end, "month")
    return sorted(ends | {as_of})


def periods(first: date, as_of: date) -> list[Period]:
    """Every published period between the first answer and as-of."""
    found = [Period("all_time", first, as_of)]
    for grain in _MONTHS:
        start, end = calendar_period(first, grain)
        while start < as_of:
            found.append(Period(grain, start, end))
            start, end = calendar_period(end, grain)
    for end in trailing_ends(first, as_of):
        found += [Period(grain, end - timedelta(days=days), end) for grain, days in TRAILING_DAYS.items()]
    return found

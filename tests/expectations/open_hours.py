"""Calendars and answers of any kind, and their business hours counted quarter by quarter: no formula at all.

Belongs here: what is drawn, and the count. Does not belong here: what is compared with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Clocks change on 29 March and 25 October, 8 March and 1 November, 5 April and 4 October, or never.
ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
QUARTER = timedelta(minutes=15)
#: Around each change of clocks, and a plain week.
DAYS = tuple(date(2026, *each) for each in ((3, 7), (3, 28), (4, 4), (6, 10), (10, 3), (10, 24), (10, 31)))
FURTHEST = timedelta(days=60)


@dataclass(frozen=True)
class Hours:
    """A calendar: weekday → openings in minutes since midnight."""

    zone: str
    opened: dict[str, Sequence[tuple[int, int]]]
    closed: frozenset[date]

    def is_open(self, moment: datetime) -> bool:
        shown = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
        minutes = shown.hour * 60 + shown.minute
        spans = () if shown.date() in self.closed else self.opened.get(WEEKDAYS[shown.weekday()], ())
        return any(opens <= minutes < closes for opens, closes in spans)

    def counted(self, moment: datetime, hours: int) -> datetime:
        """When so many quarters of opening have passed."""
        left = hours * 4
        while left:
            left -= self.is_open(moment)
            moment += QUARTER
        return moment


# No opening begins or ends while clocks change, where the two ways of telling it need not agree.
_BOUNDARY = st.integers(4 * 4, 24 * 4 - 1).map(lambda quarter: quarter * 15)


@st.composite
def _spans(draw: st.DrawFn) -> list[tuple[int, int]]:
    if draw(st.booleans()):
        return [(0, 24 * 60)] if draw(st.booleans()) else []
    ends = sorted(draw(st.sets(_BOUNDARY, min_size=4, max_size=4)))
    return [(ends[0], ends[1]), (ends[2], ends[3])] if draw(st.booleans()) else [(ends[0], ends[3])]


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    """Any hours, weekends closed or not, with days off; always open on one weekday."""
    opened = {weekday: draw(_spans()) for weekday in WEEKDAYS[:5]}
    opened |= {weekday: draw(_spans()) if draw(st.booleans()) else [] for weekday in WEEKDAYS[5:]}
    opened["tuesday"] = [(9 * 60, 17 * 60)]
    closed = draw(st.sets(st.sampled_from(DAYS).flatmap(_near), max_size=4))
    return Hours(draw(st.sampled_from(ZONES)), dict(opened), frozenset(closed))


def _near(day: date) -> st.SearchStrategy[date]:
    return st.integers(0, 4).map(lambda days: day + timedelta(days=days))


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """A quarter of an hour of one of the days around a change of clocks."""
    day = draw(st.sampled_from(DAYS).flatmap(_near))
    return datetime.combine(day, time()) + draw(st.integers(0, 95)) * QUARTER

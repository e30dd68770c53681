"""Business hours by the clock on the wall, walked day by day: when so many hours of opening have passed.

Belongs here: one calendar. Does not belong here: whose calendar it is (`cases`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """`opened` is weekday → openings as minutes since midnight; `closed` are days on which none is kept."""

    zone: str
    opened: dict[str, Sequence[tuple[int, int]]]
    closed: Collection[date]

    def after(self, moment: datetime, hours: int) -> datetime:
        """The moment (UTC, without a zone) at which `hours` of opening have passed since `moment`.

        Raises ValueError where the calendar has not so many within three years.
        """
        left = timedelta(hours=hours)
        first = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date() - _A_DAY
        for day in (first + days * _A_DAY for days in range(1_096)):
            for opens, closes in self._openings(day):
                begins = max(opens, moment)
                if begins < closes:
                    if left <= closes - begins:
                        return begins + left
                    left -= closes - begins
        raise ValueError(f"{hours} hours of opening do not pass within three years after {moment}")

    def _openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day not in self.closed:
            for opens, closes in sorted(self.opened.get(WEEKDAYS[day.weekday()], ())):
                yield _moment(self.zone, day, opens), _moment(self.zone, day, closes)


@lru_cache(maxsize=100_000)
def _moment(zone: str, day: date, minutes: int) -> datetime:
    """When clocks show it, in UTC: the second time of two; where they never do, as before the change."""
    shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
    both = (shown.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(both).replace(tzinfo=None)

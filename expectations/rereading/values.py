"""What a text means as a moment, a day, a number, an amount, a flag or an id: the rules said a second time.

Plain Python with `datetime`, `decimal` and `zoneinfo`; a text that means nothing raises `ValueError`. Moments
are microseconds since 1970 UTC. Belongs here: one text. Does not belong here: rows, headers, defaults.
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from expectations.rereading.mapping import Mapping
from expectations.rereading.tables import MAY_NEVER_COME, Kind, kind_of

#: Blanks around a text that do not count: the space and its relatives, not tabs or line breaks.
BLANKS = "".join(chr(at) for at in range(sys.maxunicode) if unicodedata.category(chr(at)) == "Zs")

_DAY_ZERO = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_EARLIEST, _FIRST_TOO_LATE = date(1900, 1, 1), date(2200, 1, 1)
_NEVER = 9000

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})")
_BETWEEN = re.compile(r"T| +")
_CLOCK = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.]([0-9]+))?)?(?: *([AaPp])[Mm])?(?: *(\S.*))?"
)
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE_AS_FLOAT = re.compile(r"([0-9]+)[.]0+")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+([.,][0-9]+[eE][+-]?|[eE]\+)[0-9]+")
_PLACES = Decimal("0.0001")
_TOO_MUCH = Decimal(10) ** 14
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


class Values:
    """The texts of one file, under its mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        # Texts of many moments share their day, and others their time of day.
        self._days: Callable[[str], date] = cache(self._day_of)
        self._midnights: Callable[[str], int] = cache(
            lambda text: (self._days(text).toordinal() - _DAY_ZERO) * _DAY
        )
        self._clocks: Callable[[str], tuple[int, Any]] = cache(self._clock_of)

    def reader(self, column: str) -> Callable[[str], Any]:
        """What reads the texts of a column."""
        kind = kind_of(column)
        if column in MAY_NEVER_COME:
            return self._day_or_never if kind is Kind.DAY else self._moment_or_never
        return {
            Kind.TEXT: str,
            Kind.ID: identifier,
            Kind.NUMBER: self.number,
            Kind.AMOUNT: self.amount,
            Kind.FLAG: flag,
            Kind.MOMENT: self.moment,
            Kind.DAY: self.day,
        }[kind]

    def number(self, text: str) -> float:
        """A finite number."""
        value = float(self._numeral(text))
        if not math.isfinite(value):
            raise ValueError(text)
        return value

    def amount(self, text: str) -> Decimal:
        """An amount of four places, halves rounded away from zero."""
        value = Decimal(self._numeral(text)).quantize(_PLACES, ROUND_HALF_UP)
        if abs(value) >= _TOO_MUCH:
            raise ValueError(text)
        return value

    def day(self, text: str) -> date:
        """A day, written without a time or with midnight."""
        day, clock = _divided(text)
        if clock and self._clocks(clock) != (0, None):
            raise ValueError(text)
        return _within(self._days(day))

    def moment(self, text: str) -> int:
        """A moment. A day without a time is its midnight in UTC, wherever it was written."""
        day, clock = _divided(text)
        local = self._midnights(day)
        if clock:
            time, zone = self._clocks(clock)
            local += time
            zone = self._zone if zone is None else zone
            local = local - zone if isinstance(zone, int) else _in_zone(local, zone)
        if not _FIRST_MOMENT <= local < _TOO_LATE_MOMENT:
            raise ValueError(text)
        return local

    def _moment_or_never(self, text: str) -> int | None:
        return None if self._days(_divided(text)[0]).year >= _NEVER else self.moment(text)

    def _day_or_never(self, text: str) -> date | None:
        return None if self._days(_divided(text)[0]).year >= _NEVER else self.day(text)

    @cached_property
    def _zone(self) -> Any:
        """The zone of moments that name none: an offset of nothing, or rules."""
        return 0 if self._mapping.timezone == "UTC" else ZoneInfo(self._mapping.timezone)

    def _numeral(self, text: str) -> str:
        if self._mapping.decimal == ",":
            if "." in text:
                raise ValueError(text)  # a separator of thousands, or a slip: nobody can tell
            text = text.replace(",", ".")
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return text

    def _day_of(self, text: str) -> date:
        order = self._mapping.date_order
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        found = _YEAR_LAST.fullmatch(text) if order in ("dmy", "mdy") else None
        if found is None:
            raise ValueError(text)
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if len(found[3]) == 2:
            year = self._year(year)
        return date(year, second, first) if order == "dmy" else date(year, first, second)

    def _year(self, two_digits: int) -> int:
        """The year of those two digits in the hundred years that the mapping names."""
        start = self._mapping.century
        if start is None:
            raise ValueError(two_digits)
        return start + (two_digits - start) % 100

    def _clock_of(self, text: str) -> tuple[int, Any]:
        """Microseconds since midnight, and the zone: microseconds ahead of UTC, rules, or None where none is
        named."""
        found = _CLOCK.fullmatch(text)
        if found is None:
            raise ValueError(text)
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if found[5]:
            if not 1 <= hour <= 12:
                raise ValueError(text)
            hour = hour % 12 + (12 if found[5] in "Pp" else 0)
        if hour > 23 or minute > 59 or second > 59:
            raise ValueError(text)
        fraction = int((found[4] or "")[:6].ljust(6, "0"))  # what is beyond a microsecond is cut off
        time = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
        return time, None if found[6] is None else self._named_zone(found[6])

    def _named_zone(self, name: str) -> Any:
        if name in ("Z", "z", "UTC", "GMT"):
            return 0
        if found := _OFFSET.fullmatch(name):
            minutes = int(found[2]) * 60 + int(found[3] or 0)
            return (minutes if found[1] == "+" else -minutes) * 60_000_000
        if name in self._mapping.zones:
            return ZoneInfo(self._mapping.zones[name])
        if "/" in name and name in available_timezones():
            return ZoneInfo(name)
        raise ValueError(name)  # an abbreviation means different zones to different people


def identifier(text: str) -> str:
    """An id: a spreadsheet's `1001.0` is 1001, and a number it has rounded is none."""
    if found := _WHOLE_AS_FLOAT.fullmatch(text):
        return found[1]
    if _SCIENTIFIC.fullmatch(text):
        raise ValueError(text)
    return text


def flag(text: str) -> bool:
    """True or false."""
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise ValueError(text) from None


def _divided(text: str) -> tuple[str, str]:
    """The day and the time of day."""
    found = _BETWEEN.search(text, 6)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _in_zone(local: int, zone: ZoneInfo) -> int:
    """A local time in UTC. Where clocks are put back it is there twice, where they are put forward not at
    all: it is the later of the two moments that it may be."""
    written = _EPOCH + timedelta(microseconds=local)
    return max(
        (written.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) - _EPOCH)
        // _MICROSECOND
        for fold in (0, 1)
    )


def _within(day: date) -> date:
    if not _EARLIEST <= day < _FIRST_TOO_LATE:
        raise ValueError(day)
    return day


_FIRST_MOMENT = (_EARLIEST.toordinal() - _DAY_ZERO) * _DAY
_TOO_LATE_MOMENT = (_FIRST_TOO_LATE.toordinal() - _DAY_ZERO) * _DAY

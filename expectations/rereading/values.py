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

from expectations.file_tables import MAY_NEVER_COME, Kind, kind_of
from expectations.rereading.mapping import Mapping

#: Blanks around a text that do not count: the space and its relatives, not tabs or line breaks.
BLANKS = "".join(chr(at) for at in range(sys.maxunicode) if unicodedata.category(chr(at)) == "Zs")

_DAY_ZERO = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_EARLIEST, _FIRST_TOO_LATE = date(1900, 1, 1), date(2200, 1, 1)
_NEVER = 9000
_PLAIN_SPACES = {0xA0: " ", 0x202F: " "}  # those that never break

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[.]?"
)
_WEEKDAY = "(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.]?,? +)?"
_NTH = "([0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = "([0-9]{4}|[0-9]{2})"
_NUMBERS = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{1,2})(?![0-9])")
_WORDS = (
    re.compile(rf"{_WEEKDAY}{_NTH}[ -]{_MONTH},?[ -]{_YEAR}(?![0-9])", re.IGNORECASE),
    re.compile(rf"{_WEEKDAY}{_MONTH} {_NTH},? {_YEAR}(?![0-9])", re.IGNORECASE),
)
_AFTER_WEEKDAY = re.compile(rf"{_WEEKDAY}(?=[0-9]+[-/.][0-9])", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:T|,? +)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?: ?([ap])[.]?m\b[.]?)?(?: *(\S.*))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    r"(?:UTC|GMT)? ?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?: ?[(\[][^()\[\]]*[)\]])?", re.IGNORECASE
)
_NAME = re.compile("[a-z][a-z0-9_/+-]*(?: [a-z]+)*", re.IGNORECASE)
_FARTHEST = 14
_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE_AS_FLOAT = re.compile(r" *([0-9]+)[.]0+ *")
_SCIENTIFIC = re.compile(r" *[0-9]+([.,][0-9]+[eE][+-]?|[eE]\+)[0-9]+ *")
_EXACT_DIGITS = 15
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
        readers: dict[Kind, Callable[[str], Any]] = {
            Kind.TEXT: str,
            Kind.ID: identifier,
            Kind.NUMBER: self.number,
            Kind.AMOUNT: self.amount,
            Kind.FLAG: flag,
            Kind.MOMENT: self.moment,
            Kind.DAY: self.day,
        }
        return readers[kind]

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
        if clock and self._clocks(clock)[0]:
            raise ValueError(text)
        found = self._days(day)
        if not _EARLIEST <= found < _FIRST_TOO_LATE:
            raise ValueError(text)
        return found

    def moment(self, text: str) -> int:
        """A moment. A day without a time is its midnight in UTC, wherever it was written."""
        found = self._any_moment(text)
        if not _FIRST_MOMENT <= found < _TOO_LATE_MOMENT:
            raise ValueError(text)
        return found

    def _any_moment(self, text: str) -> int:
        day, clock = _divided(text)
        local = self._midnights(day)
        if not clock:
            return local
        time, zone = self._clocks(clock)
        if zone is None:
            zone = self._zone
        if isinstance(zone, str):
            zone = self._named_zone(zone)
        return local + time - zone if isinstance(zone, int) else _in_zone(local + time, zone)

    def _moment_or_never(self, text: str) -> int | None:
        return None if self._any_moment(text) >= _NEVER_MOMENT else self.moment(text)

    def _day_or_never(self, text: str) -> date | None:
        day, clock = _divided(text)
        if clock:
            self._clocks(clock)
        return None if self._days(day).year >= _NEVER else self.day(text)

    @cached_property
    def _zones(self) -> dict[str, str]:
        return {name.lower(): zone for name, zone in self._mapping.zones.items()}

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
        if found := _NUMBERS.fullmatch(text):
            first, second, third = found.groups()
            if len(first) == 4 and len(third) <= 2:
                return date(int(first), int(second), int(third))
            order = self._mapping.date_order
            if len(first) > 2 or len(third) not in (2, 4) or order not in ("dmy", "mdy"):
                raise ValueError(text)
            day, month = (first, second) if order == "dmy" else (second, first)
            return date(self._year(third), int(month), int(day))
        for words in _WORDS:
            if found := words.fullmatch(text):
                day, month = (found[1], found[2]) if words is _WORDS[0] else (found[2], found[1])
                return date(self._year(found[3]), _MONTHS.index(month[:3].lower()) + 1, int(day))
        raise ValueError(text)

    def _year(self, digits: str) -> int:
        """Of two digits, the year that has them in the hundred years that the mapping names."""
        if len(digits) == 4:
            return int(digits)
        start = self._mapping.century
        if start is None:
            raise ValueError(digits)
        return start + (int(digits) - start) % 100

    def _clock_of(self, text: str) -> tuple[int, Any]:
        """Microseconds since midnight, and the zone: microseconds ahead of UTC, a name, or None."""
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
        ahead = _OFFSET.fullmatch(found[6] or "")
        if ahead is None:
            if found[6] and not _NAME.fullmatch(found[6]):
                raise ValueError(text)
            return time, found[6]
        hours, minutes = int(ahead[2]), int(ahead[3] or 0)
        if hours > _FARTHEST or minutes > 59:
            raise ValueError(text)
        return time, (60 * hours + minutes) * (60_000_000 if ahead[1] == "+" else -60_000_000)

    def _named_zone(self, name: str) -> Any:
        if name.lower() in self._zones:
            return ZoneInfo(self._zones[name.lower()])
        if name.lower() in ("z", "utc", "gmt"):
            return 0
        if "/" in name and name in available_timezones():
            return ZoneInfo(name)
        raise ValueError(name)  # an abbreviation means different zones to different people


def identifier(text: str) -> str:
    """An id: a spreadsheet's `1001.0` is 1001, and a number it has rounded is none."""
    if found := _WHOLE_AS_FLOAT.fullmatch(text):
        if len(found[1]) > _EXACT_DIGITS:
            raise ValueError(text)
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
    """The day, and the time of day with what stands between them."""
    if not text.isascii():
        text = text.translate(_PLAIN_SPACES)
    found = _NUMBERS.match(text)
    if found is None:
        text = _AFTER_WEEKDAY.sub("", text, count=1)
        found = _NUMBERS.match(text) or _WORDS[0].match(text) or _WORDS[1].match(text)
    return (found[0], text[found.end() :]) if found else (text, "")


def _in_zone(local: int, zone: ZoneInfo) -> int:
    """A local time in UTC. Where clocks are put back it is there twice, where they are put forward not at
    all: it is the later of the two moments that it may be."""
    written = _EPOCH + timedelta(microseconds=local)
    return max(
        (written.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) - _EPOCH)
        // _MICROSECOND
        for fold in (0, 1)
    )


_FIRST_MOMENT = (_EARLIEST.toordinal() - _DAY_ZERO) * _DAY
_TOO_LATE_MOMENT = (_FIRST_TOO_LATE.toordinal() - _DAY_ZERO) * _DAY
_NEVER_MOMENT = (date(_NEVER, 1, 1).toordinal() - _DAY_ZERO) * _DAY

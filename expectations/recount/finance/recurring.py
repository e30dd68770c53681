"""What a line with a period is worth a month.

Belongs here: the three cases (docs/finance.md, "MRR"). Does not belong here: who pays it, or until when.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from expectations.recount.documents import DAY

_EPOCH = date(1970, 1, 1)
_MILLION = 1_000_000
_DAYS_A_MONTH = 365 / 12
_MONTH = 31


def monthly(amount: int, start: int, end: int) -> int:
    """Millionths a month of a line over [start, end), microseconds: by whole months, else by the day."""
    months = whole_months(_day(start), _day(end))
    length = end - start
    if months:
        worth = amount / _MILLION / months
    elif length < _MONTH * DAY:
        first = _day(start)
        worth = amount / _MILLION * (monthrange(first.year, first.month)[1] * DAY) / length
    else:
        worth = amount / _MILLION * (_DAYS_A_MONTH * DAY) / length
    return half_away(worth * _MILLION)


def whole_months(first: date, end: date) -> int:
    """How many calendar months a period is; 0 where it is no whole number of them. A month without such a day
    ends (or begins) with its last one."""
    apart = (end.year - first.year) * 12 + end.month - first.month
    if first.day == end.day:
        return apart
    cut = end if end.day < first.day else first
    return apart if (cut + timedelta(days=1)).day == 1 else 0


def half_away(value: float) -> int:
    """To the nearest whole number, halves away from zero."""
    whole = int(abs(value) + 0.5)
    return whole if value >= 0 else -whole


def _day(moment: int) -> date:
    return _EPOCH + timedelta(microseconds=moment)

"""What accounts were worth: revenue recognised in the 365 days before a moment.

Many accounts and moments are asked for at once; every document is shared out for each of them alone.

Belongs here: recognising. Does not belong here: what was billed (`billing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from expectations.recount.statistics import Floats, Integers

WINDOW = 365 * 86_400_000_000
MILLIONTHS = 1_000_000
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Revenue:
    """Documents of surviving accounts, a column each, by account and beginning.

    `amount` was earned (or given back) from `start` to `end`, in millionths; a moment where both are equal.
    `place` orders account and beginning as one number.
    """

    accounts: Mapping[str, int]
    start: Integers
    end: Integers
    amount: Integers
    place: Integers
    starts: Integers

    @classmethod
    def of(cls, accounts: Sequence[str | None], start: Integers, end: Integers, amount: Integers) -> Revenue:
        """From the account of each document (None: nobody's, and left out), its period and amount."""
        numbers: dict[str | None, int] = {None: -1}
        account = np.array([numbers.setdefault(key, len(numbers) - 1) for key in accounts], np.int64)
        order = np.lexsort((start, account))
        order = order[account[order] >= 0]
        starts = np.unique(start)
        place = account[order] * (starts.size + 1) + np.searchsorted(starts, start[order])
        known = {key: number for key, number in numbers.items() if key is not None}
        return cls(known, start[order], end[order], amount[order], place, starts)

    def trailing(self, accounts: Sequence[str], moments: Integers) -> Integers:
        """Recognised in the 365 days before each moment, in ten-thousandths of the reporting currency."""
        numbers = np.array([self.accounts.get(account, -1) for account in accounts], np.int64)
        found = [
            self._trailing(numbers[first : first + _AT_ONCE], moments[first : first + _AT_ONCE])
            for first in range(0, numbers.size, _AT_ONCE)
        ]
        return np.concatenate([np.zeros(0, np.int64), *found])

    def _trailing(self, numbers: Integers, moments: Integers) -> Integers:
        since = moments - WINDOW
        longest = int((self.end - self.start).max(initial=0))
        first, last = self._before(numbers, since - longest), self._before(numbers, moments)
        many = np.where(numbers < 0, 0, last - first)
        asked = np.repeat(np.arange(numbers.size), many)
        document = np.arange(asked.size) + np.repeat(first - (np.cumsum(many) - many), many)
        inside = self.end[document] >= since[asked]
        asked, document = asked[inside], document[inside]
        start, end, amount = (column[document] for column in (self.start, self.end, self.amount))
        length = end - start
        part = np.minimum(end, moments[asked]) - np.maximum(start, since[asked])
        share = rounded(amount / MILLIONTHS * part / np.maximum(length, 1) * MILLIONTHS)
        total = np.bincount(asked, np.where(length == 0, amount, share), numbers.size)
        return rounded(total / 100)

    def _before(self, numbers: Integers, moments: Integers) -> Integers:
        """The first of each account's documents that does not begin before a moment."""
        asked = numbers * (self.starts.size + 1) + np.searchsorted(self.starts, moments)
        return np.searchsorted(self.place, asked)


def rounded(values: Floats) -> Integers:
    """To the nearest whole number, halves away from zero."""
    whole: Integers = np.trunc(values + np.copysign(0.5, values)).astype(np.int64)
    return whole

"""The value of one attribute of every account over time.

Belongs here: looking up and cutting piecewise constant values. Does not belong here: which attributes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.company.size import Ints

_SPAN = 2**33  # beyond every moment in seconds, so that (account, moment) sorts as one number


@dataclass(frozen=True)
class Timeline:
    """`initial[a]` holds until the account's first change; changes are sorted by account and moment."""

    initial: Ints
    account: Ints
    at: Ints
    value: Ints

    @classmethod
    def of(cls, initial: Ints, account: Ints, at: Ints, value: Ints) -> Timeline:
        """From changes in any order; changes that change nothing are left out."""
        order = np.lexsort((at, account))
        account, at, value = account[order], at[order], value[order]
        line = cls(initial, account, at, value)
        real = value != line.before()
        return cls(initial, account[real], at[real], value[real])

    def before(self) -> Ints:
        """The value each change replaces."""
        first = np.ones(len(self.account), dtype=bool)
        first[1:] = self.account[1:] != self.account[:-1]
        return np.where(first, self.initial[self.account], np.roll(self.value, 1))

    def value_at(self, account: Ints, at: Ints) -> Ints:
        """The value in force at each moment, a change at that very moment included."""
        if not len(self.account):
            return self.initial[account]
        place = np.searchsorted(self.account * _SPAN + self.at, account * _SPAN + at, side="right") - 1
        known = (place >= 0) & (self.account[place] == account)
        return np.where(known, self.value[place], self.initial[account])

    def between(self, since: int, until: Ints) -> Timeline:
        """Only the changes after `since` and before the account's own `until`; what holds then stays."""
        everyone = np.arange(len(self.initial), dtype=np.int64)
        initial = self.value_at(everyone, np.full(len(everyone), since, dtype=np.int64))
        keep = (self.at > since) & (self.at < until[self.account])
        return Timeline(initial, self.account[keep], self.at[keep], self.value[keep])

"""Dates at which what a cell answered is not told apart: between those that divide it, enough answered.

Belongs here: the rule, cell by cell. Does not belong here: which figures it hides (`hidden`).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from demo.truth.definition import REPORTABILITY, TRAILING_DAYS
from demo.truth.digests import digested
from demo.truth.facts import EPOCH, Answers
from demo.truth.grid import Grid, Names
from demo.truth.known import Ints
from demo.truth.periods import Period

_LEAST = dict(REPORTABILITY)["interval_only"]
_OTHER = 5
Mask = NDArray[np.bool_]


class Stretches:
    """What the cells of a company answered before each date on which a window begins or ends."""

    def __init__(self, grid: Grid, given: Answers, periods: Sequence[Period], as_of: date) -> None:
        windows = [*periods, *(period.previous for period in periods if period.previous)]
        self.dates = sorted({date for window in windows for date in (window.start, window.end)})
        self.ranks = [_rank(one, as_of) for one in self.dates]
        sides = [(window.start, window.end) for window in windows]
        self.windows = np.array([[*map(self.dates.index, side)] for side in sides])
        self.grid, self.given = grid, given
        self._whole: dict[tuple[str, ...], Mask] = {}

    def whole(self, names: Names, period: Period) -> Mask:
        """Of every cell of the grid, whether a window begins or ends where it is not divided."""
        found = self._found(tuple(names))
        return found[:, self.dates.index(period.start)] | found[:, self.dates.index(period.end)]

    def _found(self, names: tuple[str, ...]) -> Mask:
        if names not in self._whole:
            upto = self._upto(names)
            own = np.zeros(upto.shape[:2], dtype=bool)
            for cell in np.flatnonzero(upto[:, -1].any(axis=1)):
                own[cell] = _own(upto[cell], self.ranks, self.windows)
            self._whole[names] = self._beside(names, upto, own) if len(names) == 2 else own
        return self._whole[names]

    def _upto(self, names: Names) -> Ints:
        """Answers by cell, date and band."""
        before = np.searchsorted([(one - EPOCH).days for one in self.dates], self.given.day, side="right")
        counts = np.zeros((self.grid.size(names), len(self.dates) + 1, 3), dtype=np.int64)
        np.add.at(counts, (self.grid.cells(names, self.given.codes, slice(None)), before, self.given.band), 1)
        upto: Ints = counts.cumsum(axis=1)[:, :-1]
        return upto

    def _beside(self, names: tuple[str, ...], upto: Ints, own: Mask) -> Mask:
        """With the members that must not tell what others, or the company, have on either side of a date."""
        found, order = own.copy(), digested(self.grid.members[names[1]])
        of_company = self._found(names[:1])
        for kind, whole in enumerate(of_company):
            first = kind * len(order)
            members = range(first, first + len(order))
            for at, is_company_whole in enumerate(whole):
                alone = [cell for cell in members if own[cell, at]]
                if is_company_whole + len(alone) != 1:
                    sides = zip(*(_sides(upto[cell], own[cell], at) for cell in alone), strict=True)
                    if (
                        is_company_whole
                        or not alone
                        or all(_is_enough(np.sum(side, axis=0)) for side in sides)
                    ):
                        continue
                others = [
                    (upto[cell, at].sum(), order[cell - first], cell)
                    for cell in members
                    if cell not in alone and 0 < upto[cell, at].sum() < upto[cell, -1].sum()
                ]
                if others:
                    found[min(others)[2], at] = True
        return found


def _rank(day: date, as_of: date) -> int:
    """What is looked at first: the year up to as-of, years, quarters, months."""
    firsts = [
        day == as_of - timedelta(days=TRAILING_DAYS["trailing_365d"]),
        (day.month, day.day) == (1, 1),
        day.day == 1 and day.month in (4, 7, 10),
        day.day == 1,
    ]
    return firsts.index(True) + 1 if any(firsts) else _OTHER


def _own(upto: Ints, ranks: Sequence[int], windows: Ints) -> Mask:
    """The dates at which one cell is not divided, by what it answered itself.

    Only windows with few answers tell of few: a date that none of them holds divides the cell first.
    """
    answers = np.diff(upto.sum(axis=1)[windows], axis=1)[:, 0]
    few = windows[(answers > 0) & (answers < _LEAST)]
    tells = {int(upto[at].sum()) for first, last in few.tolist() for at in range(first, last + 1)}
    # Before its first answer and after its last a cell is divided anyway, so few beside these would be told.
    begins, ends = 0 in tells, int(upto[-1].sum()) in tells
    tells |= {
        int(bands.sum())
        for bands in upto
        if (begins and not _is_enough(bands)) or (ends and not _is_enough(upto[-1] - bands))
    }
    levels: dict[int, tuple[int, Ints]] = {}
    for rank, bands in zip(ranks, upto, strict=True):
        total = int(bands.sum())
        levels[total] = (min(rank, levels.get(total, (rank,))[0]) if total in tells else 0, bands)
    points = {0: np.zeros(3, dtype=np.int64), int(upto[-1].sum()): upto[-1]}
    points |= {total: bands for total, (rank, bands) in levels.items() if rank == 0}
    for rank in range(1, _OTHER + 1):
        last, there, taken = points[0], sorted(points), {}
        for total in sorted(levels.keys() - {0, there[-1]}):
            own_rank, bands = levels[total]
            if own_rank == rank and total not in points:
                until = points[there[bisect(there, total)]] - bands
                if _is_enough(bands - last) and _is_enough(until):
                    taken[total] = bands
            if own_rank <= rank:
                last = bands
        points |= taken
    return np.array([int(bands.sum()) not in points for bands in upto])


def _sides(upto: Ints, own: Mask, at: int) -> tuple[Ints, Ints]:
    """What a cell has from the date that divides it before this one, and up to the next."""
    before = next(upto[day] for day in range(at, -1, -1) if not own[day])
    after = next(upto[day] for day in range(at, len(upto)) if not own[day])
    return upto[at] - before, after - upto[at]


def _is_enough(bands: Ints | Iterable[int]) -> bool:
    found = np.asarray(bands)
    return bool(found.sum() >= _LEAST and np.count_nonzero(found) > 1)

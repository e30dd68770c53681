"""Which figures may be shown: by their own answers, and by what would follow of others.

Belongs here: the rule. Does not belong here: which columns a figure then shows (`figures`), which figures
stand beside each other (`hidden`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import md5
from itertools import permutations
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from expectations.recount.statistics import Counts, Floats, Integers

FOR_OTHERS = "suppressed_for_others"
Mask: TypeAlias = npt.NDArray[np.bool_]
#: A row and a column of a table.
Place: TypeAlias = tuple[int, int]


def digest(name: str) -> str:
    """What decides between equal figures: names themselves have another order in each collation."""
    return md5(name.encode(), usedforsecurity=False).hexdigest()


def for_others(counts: Counts, hidden: Mask, floor: Floats, groups: Integers, names: Integers) -> Mask:
    """Figures that go with the hidden ones of their group.

    A group adds up to something that is shown. What that leaves of the hidden must be about the floor or
    more, and not all the same. Until then the figure with the fewest answers goes too; `names` decide ties.
    """
    goes = np.zeros(groups.size, np.bool_)
    order = np.lexsort((names, counts.responses, ~hidden, groups))
    if not order.size:
        return goes
    starts = np.flatnonzero(np.diff(groups[order], prepend=groups[order[0]] - 1))
    group = np.repeat(np.arange(starts.size), np.diff(starts, append=order.size))
    before = []
    for column in counts:
        upto = np.cumsum(column[order]) - column[order]
        before.append(upto - upto[starts][group])
    left = sum(before, np.zeros(order.size, np.int64))
    is_told = (left < floor[order]) | (np.maximum.reduce(before) == left)
    has_hidden = np.logical_or.reduceat(hidden[order], starts)[group]
    goes[order] = has_hidden & ~hidden[order] & is_told
    return goes


class Lines(NamedTuple):
    """Of each cell its table, and its row and column there; members that are not shown are one line."""

    table: Integers
    row: Integers
    column: Integers


def crossed(counts: Counts, few: Mask, floor: Floats, lines: Lines, names: Integers) -> Mask:
    """Cells of two dimensions that are hidden for those with few answers.

    Rows and columns are groups, rows first. A cell with few answers could still be told by both together: if
    it is no corner of a rectangle of hidden ones, it gets the rectangle that hides the fewest answers.
    """
    hidden = few.copy()
    for line in (lines.row, lines.column):
        groups = np.unique(np.stack([lines.table, line]), axis=1, return_inverse=True)[1].reshape(-1)
        hidden |= for_others(counts, hidden, floor, groups, names)
    order = np.argsort(lines.table, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(lines.table[order])) + 1):
        if few[members].any():
            chosen = _Table(members, counts.responses, few, hidden.copy(), lines, names).rectangles()
            hidden[list(chosen)] = True
    return hidden & ~few


class _Table:
    """The cells of a table by their places."""

    def __init__(
        self,
        members: Integers,
        responses: Integers,
        few: Mask,
        hidden: Mask,
        lines: Lines,
        names: Integers,
    ) -> None:
        order = sorted(members.tolist(), key=lambda at: (not hidden[at], responses[at], names[at]))
        places = [(int(lines.row[at]), int(lines.column[at])) for at in order]
        self.first: dict[Place, int] = dict(zip(reversed(places), reversed(order), strict=True))
        self.lost = {place: 0 if hidden[at] else int(responses[at]) for place, at in self.first.items()}
        self.hidden = Counter(place for place, at in zip(places, order, strict=True) if hidden[at])
        self.few = [place for place, at in zip(places, order, strict=True) if few[at]]

    def rectangles(self) -> Iterator[int]:
        """The cells of those that must be hidden."""
        corners = self._corners()
        for place in self.few:
            if self.hidden[place] == 1 and place not in corners:
                yield from self._cheapest(*place)

    def _corners(self) -> set[Place]:
        columns = defaultdict(set)
        for row, column in self.hidden:
            columns[row].add(column)
        rows = Counter(pair for of in columns.values() for pair in permutations(of, 2))
        return {
            (row, one)
            for row, of in columns.items()
            for one, other in permutations(of, 2)
            if rows[one, other] > 1
        }

    def _cheapest(self, row: int, column: int) -> Sequence[int]:
        across = [other for one, other in self.first if one == row and other != column]
        along = [one for one, other in self.first if other == column and one != row]
        found = [
            (sum(self.lost[place] for place in corners), other, another, corners)
            for other in across
            for another in along
            if (another, other) in self.first
            for corners in [((row, other), (another, column), (another, other))]
        ]
        return [self.first[place] for place in min(found)[3]] if found else ()

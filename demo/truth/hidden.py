"""Which cells with enough answers are hidden, or what others with few said would follow from them.

Belongs here: the rule. Does not belong here: what a hidden figure still shows (`scores`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo.truth.cells import Cut
from demo.truth.definition import REPORTABILITY
from demo.truth.digests import digested
from demo.truth.grid import Grid, Names
from demo.truth.known import Ints
from demo.truth.periods import Period
from demo.truth.statistics import Tally

_LEAST = dict(REPORTABILITY)["interval_only"]
_REST = "(hidden)"
Mask = NDArray[np.bool_]


def for_others(cut: Cut) -> Mask:
    """The hidden among the cells of a cut."""
    period = cut.period if cut.measure == "in_period" else None
    return _hidden(cut, cut.tally_of(cut.rows), period)[cut.cells]


def for_others_before(cut: Cut) -> Mask:
    """Those that were hidden in the period before."""
    before = cut.tally_of_all_before
    if before is None:
        return np.zeros(len(cut.cells), dtype=bool)
    return _hidden(cut, before, cut.period.previous)[cut.cells]


def _hidden(cut: Cut, tally: Tally, period: Period | None) -> Mask:
    """Of all cells of the grid, those with enough answers that are hidden for others or are not divided where
    the period begins or ends."""
    every = np.arange(len(tally.responses))
    below = _few(_bands(tally, every))
    hidden = _whole(cut, cut.names, period) & (tally.responses > 0)
    for kind in np.unique(cut.grid.apart(cut.names, np.flatnonzero(tally.responses))["survey_type"]):
        if len(cut.names) == 2:
            cells = _cells(cut.grid, cut.names, survey_type=kind)
            few = below[cells] | hidden[cells]
            hidden[cells] |= _with(_bands(tally, cells), few, digested(cut.grid.members[cut.names[1]]))
        elif len(cut.names) == 3:
            # branches are rows, or else what comes first
            sides = sorted(cut.names[1:], key=lambda name: name != "branch")
            cells = _cells(cut.grid, cut.names, survey_type=kind).reshape(
                [len(cut.grid.members[name]) for name in cut.names[1:]]
            )
            first, second = (digested(cut.grid.members[name]) for name in cut.names[1:])
            order = first[:, None] * len(second) + second
            if sides != list(cut.names[1:]):
                cells, order = cells.T, order.T
            of_members = [
                _whole(cut, names, period)[_cells(cut.grid, names, survey_type=kind)]
                for names in (("survey_type", side) for side in sides)
            ]
            names = [cut.grid.members[side] for side in sides]
            hidden[cells] |= _table(
                _bands(tally, cells), order, below[cells] | hidden[cells], of_members, names
            )
    return hidden & ~below


def _whole(cut: Cut, names: Names, period: Period | None) -> Mask:
    """Which cells must not be told apart at the ends of a period; none of a measure that no dates divide."""
    if period is None:
        return np.zeros(cut.grid.size(names), dtype=bool)
    return cut.company.stretches.whole(names, period)


def _cells(grid: Grid, names: Names, survey_type: int) -> Ints:
    """The cells of a survey type, in order of their members."""
    size = grid.size(names[1:])
    return np.arange(survey_type * size, (survey_type + 1) * size)


def _bands(tally: Tally, cells: Ints) -> Ints:
    return np.stack(
        [each[cells] for each in (tally.promoters, tally.passives, tally.detractors)], axis=-1
    ).astype(np.int64)


def _few(bands: Ints) -> Mask:
    responses = bands.sum(axis=-1)
    few: Mask = (responses > 0) & (responses < _LEAST)
    return few


def _with(bands: Ints, hidden: Mask, order: Ints) -> Mask:
    """What goes with the hidden among the cells of a line, of which the total is known.

    The hidden must have enough answers together and not all of one band; until then the smallest other goes
    with them, of equal ones the first in `order`.
    """
    goes = np.zeros(len(bands), dtype=bool)
    if not hidden.any():
        return goes
    left = bands[hidden].sum(axis=0)
    responses = bands.sum(axis=-1)
    others = np.flatnonzero(~hidden & (responses > 0))
    for cell in others[np.lexsort((order[others], responses[others]))]:
        if left.sum() >= _LEAST and np.count_nonzero(left) > 1:
            break
        goes[cell] = True
        left = left + bands[cell]
    return goes


def _table(bands: Ints, order: Ints, few: Mask, whole: list[Mask], names: list[list[str]]) -> Mask:
    """What goes with the cells with few answers of a table of rows and columns, whose members are `whole`.

    Members that are not shown are one line. Rows first, then columns; then every cell with few answers gets a
    rectangle of hidden cells, unless it is a corner of one.
    """
    lines = []
    for axis in (0, 1):
        of_members = bands.sum(axis=1 - axis)
        own = _few(of_members) | (whole[axis] & (of_members.sum(axis=-1) > 0))
        not_shown = own | _with(of_members, own, digested(names[axis]))
        lines.append(np.where(not_shown, len(not_shown), np.arange(len(not_shown))))
        names[axis] = [*names[axis], _REST]
    hidden = few.copy()
    for axis, of_cells in enumerate(np.meshgrid(*lines, indexing="ij")):
        for line in np.unique(lines[axis]):
            inside = of_cells == line
            hidden[inside] |= _with(bands[inside], hidden[inside], order[inside])
    return (hidden | _rectangles(bands, order, few, hidden, lines, names)) & ~few


def _rectangles(
    bands: Ints, order: Ints, few: Mask, hidden: Mask, lines: list[Ints], names: list[list[str]]
) -> Mask:
    """The corners of the cheapest rectangles; of equal ones the first by their digests: column, then row."""
    rows, columns = np.meshgrid(*lines, indexing="ij")
    responses = bands.sum(axis=-1)
    shape = (len(names[0]), len(names[1]))
    there, count = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    lost, first = np.zeros(shape, dtype=np.int64), np.full(shape, -1)
    for cell in reversed(np.lexsort((order.ravel(), responses.ravel(), ~hidden.ravel()))):
        if responses.ravel()[cell]:
            place = rows.ravel()[cell], columns.ravel()[cell]
            there[place] = True
            count[place] += hidden.ravel()[cell]
            first[place], lost[place] = cell, 0 if hidden.ravel()[cell] else responses.ravel()[cell]
    is_hidden = (count > 0).astype(np.int64)
    # rows that have two hidden columns or more in common
    alike = (is_hidden @ is_hidden.T > 1) & ~np.eye(len(is_hidden), dtype=bool)
    corner = (is_hidden > 0) & (alike.astype(np.int64) @ is_hidden > 0)
    places = [digested(each) for each in names]
    found = np.zeros(bands.shape[:-1], dtype=bool)
    for row, column in zip(rows[few], columns[few], strict=True):
        if count[row, column] > 1 or corner[row, column]:
            continue
        best = min(
            (
                (
                    lost[row, other] + lost[another, column] + lost[another, other],
                    places[1][other],
                    places[0][another],
                    other,
                    another,
                )
                for other in np.flatnonzero(there[row])
                for another in np.flatnonzero(there[:, column] & there[:, other])
                if other != column and another != row
            ),
            default=None,
        )
        if best is not None:
            *_, other, another = best
            for place in ((row, other), (another, column), (another, other)):
                found.ravel()[first[place]] = True
    return found

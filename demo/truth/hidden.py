"""Which cells with enough answers are hidden, or what others with few said would follow from them.

Belongs here: the rule. Does not belong here: what a hidden figure still shows (`scores`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo.truth.cells import Cut
from demo.truth.definition import REPORTABILITY
from demo.truth.known import Ints
from demo.truth.statistics import Tally

_LEAST = dict(REPORTABILITY)["interval_only"]
Mask = NDArray[np.bool_]


def for_others(cut: Cut) -> Mask:
    """The hidden among the cells of a cut."""
    return _hidden(cut, cut.tally_of(cut.rows))[cut.cells]


def for_others_before(cut: Cut) -> Mask:
    """Those that were hidden in the period before."""
    before = cut.tally_of_all_before
    return _hidden(cut, before)[cut.cells] if before is not None else np.zeros(len(cut.cells), dtype=bool)


def _hidden(cut: Cut, tally: Tally) -> Mask:
    """Of all cells of the grid, those that go with others."""
    cells = np.flatnonzero(tally.responses)
    hidden = np.zeros(len(tally.responses), dtype=bool)
    if len(cut.names) == 2:
        bands = np.stack([tally.promoters, tally.passives, tally.detractors], axis=1)
        kinds = cut.grid.apart(cut.names, cells)["survey_type"]
        for kind in np.unique(kinds):
            members = cells[kinds == kind]
            hidden[_with(members, members[tally.responses[members] < _LEAST], bands)] = True
    return hidden


def _with(cells: Ints, hidden: Ints, bands: NDArray[np.float64]) -> Ints:
    """What goes with the hidden among the cells of a line, of which the total is known.

    The hidden must have enough answers together and not all of one band; until then the smallest of the others
    goes with them, of equal ones the first by name.
    """
    goes: list[int] = []
    left = bands[hidden].sum(axis=0)
    others = np.setdiff1d(cells, hidden) if len(hidden) else hidden
    # cells rise with the names of their members
    for cell in others[np.argsort(bands[others].sum(axis=1), kind="stable")]:
        if left.sum() >= _LEAST and np.count_nonzero(left) > 1:
            break
        goes.append(cell)
        left = left + bands[cell]
    return np.array(goes, dtype=np.int64)

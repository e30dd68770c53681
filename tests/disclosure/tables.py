"""What goes with few answers in a table of two dimensions, cell by cell; and what an attacker knows exactly.

Written from docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md. Rows are branches,
where there are any, or else the first dimension.

Belongs here: one table at a time. Does not belong here: which tables there are (the tests).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import md5
from itertools import product
from typing import TypeAlias

import numpy as np

#: Row and column; a table has the promoters, passives and detractors of each.
Cell: TypeAlias = tuple[str, str]
Table: TypeAlias = Mapping[Cell, Sequence[int]]
FLOOR = 5
REST = "(hidden)"


def lines(segment: str) -> tuple[str, str]:
    """The dimension of the rows, and that of the columns."""
    one, other = segment.split("*")
    return (other, one) if other == "branch" else (one, other)


def digest(name: str) -> str:
    """What decides between cells with the same number of answers."""
    return md5(name.encode()).hexdigest()


def goes_with(line: Table, hidden: Collection[Cell]) -> set[Cell]:
    """What is hidden of cells that add up to something known."""
    gone = [cell for cell in line if cell in hidden]
    rest = sorted(line.keys() - gone, key=lambda cell: (sum(line[cell]), *map(digest, cell)))
    while gone and rest:
        bands = [sum(line[cell][band] for cell in gone) for band in range(3)]
        if sum(bands) >= FLOOR and bands.count(0) < 2:
            break
        gone.append(rest.pop(0))
    return set(gone)


def for_others(
    table: Table,
    hidden_rows: Collection[str],
    hidden_columns: Collection[str],
    undivided: Collection[Cell] = (),
) -> set[Cell]:
    """Cells hidden for those with few answers, or undivided at an end of the period.

    Members that are not shown are one line.
    """
    place = {cell: _place(cell, hidden_rows, hidden_columns) for cell in table}
    few = {cell for cell, bands in table.items() if sum(bands) < FLOOR} | set(undivided)
    hidden = set(few)
    for side in (0, 1):
        before = set(hidden)
        for line in {of[side] for of in place.values()}:
            hidden |= goes_with({cell: table[cell] for cell in table if place[cell][side] == line}, before)
    found = set(hidden)
    for cell in few:
        if not _is_safe(place[cell], [place[each] for each in hidden]):
            found |= _rectangle(place[cell], table, place, hidden)
    return found - few


def _place(cell: Cell, hidden_rows: Collection[str], hidden_columns: Collection[str]) -> Cell:
    row, column = cell
    return REST if row in hidden_rows else row, REST if column in hidden_columns else column


def _is_safe(at: Cell, hidden: list[Cell]) -> bool:
    """Whether another is in its place, or it is the corner of a rectangle of hidden cells."""
    places, (row, column) = set(hidden), at
    return hidden.count(at) > 1 or any(
        {(row, other), (another, column), (another, other)} <= places
        for another, other in product(
            {one for one, _ in places} - {row}, {one for _, one in places} - {column}
        )
    )


def _rectangle(at: Cell, table: Table, place: Mapping[Cell, Cell], hidden: set[Cell]) -> set[Cell]:
    """The cells of the rectangle that hides the fewest answers; none where there is no rectangle."""

    def least(corner: Cell) -> tuple[int, Cell]:
        cells = [cell for cell in table if place[cell] == corner]
        cell = min(cells, key=lambda at: (at not in hidden, sum(table[at]), *map(digest, at)))
        return sum(table[cell]), cell

    def lost(corner: Cell) -> int:
        answers, cell = least(corner)
        return 0 if cell in hidden else answers

    there, (row, column) = set(place.values()), at
    found = []
    for another, other in product({one for one, _ in there} - {row}, {one for _, one in there} - {column}):
        corners = ((row, other), (another, column), (another, other))
        if there.issuperset(corners):
            found.append((sum(map(lost, corners)), digest(other), digest(another), corners))
    return {least(corner)[1] for corner in min(found)[3]} if found else set()


def has_rectangle(
    at: Cell, table: Table, hidden_rows: Collection[str], hidden_columns: Collection[str]
) -> bool:
    """Whether a cell could be at the corner of a rectangle, whatever is hidden."""
    place = {cell: _place(cell, hidden_rows, hidden_columns) for cell in table}
    return _is_safe(place[at], sorted(set(place.values())))


def known_exactly(
    hidden: Collection[Cell], shown_rows: Collection[str], shown_columns: Collection[str]
) -> set[Cell]:
    """Hidden cells that follow from the sums of rows and columns that are shown, and of the rest."""
    cells = sorted(hidden)
    sums = [
        [float((cell[side] if cell[side] in shown else REST) == line) for cell in cells]
        for side, shown in enumerate((shown_rows, shown_columns))
        for line in (*sorted(shown), REST)
    ]
    # what the hidden cells may differ by without any sum being another
    _, sizes, directions = np.linalg.svd(np.array(sums))
    free = directions[(sizes > 1e-9).sum() :]
    return {
        cell for cell, moves in zip(cells, np.abs(free).max(axis=0, initial=0), strict=True) if moves < 1e-9
    }

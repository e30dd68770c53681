"""Cells as numbers: every combination of members of some dimensions, counted with one `bincount`.

Belongs here: numbering cells and naming them again. Does not belong here: what is counted in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.truth.known import Ints, Texts

Codes = dict[str, Ints]
Names = Sequence[str]


class Grid:
    """The members of every dimension, sorted; a member's place is its code."""

    def __init__(self, *tables: dict[str, Texts]) -> None:
        self.members: dict[str, list[str]] = {}
        for name in dict.fromkeys(name for table in tables for name in table):
            columns = [table[name] for table in tables if name in table]
            self.members[name] = sorted({member for column in columns for member in set(column.tolist())})

    def codes(self, table: dict[str, Texts]) -> Codes:
        """The code of every entry of every column."""
        return {
            name: np.asarray(
                pc.index_in(pa.array(column, pa.string()), pa.array(self.members[name], pa.string())),
                np.int64,
            )
            for name, column in table.items()
        }

    def size(self, names: Names) -> int:
        """How many cells these dimensions have; one without any."""
        return int(np.prod([len(self.members[name]) for name in names], dtype=np.int64))

    def cells(self, names: Names, codes: Codes, rows: slice | Ints) -> Ints:
        """The cell of every row that is asked for."""
        any_column = next(iter(codes.values()))
        cell = np.zeros(len(any_column[rows]), dtype=np.int64)
        for name in names:
            cell = cell * len(self.members[name]) + codes[name][rows]
        return cell

    def apart(self, names: Names, cells: Ints) -> Codes:
        """The codes of the members that make up each cell."""
        codes: Codes = {}
        for name in reversed(names):
            cells, codes[name] = np.divmod(cells, len(self.members[name]))
        return codes

    def onto(self, names: Names, cells: Ints, fewer: Names) -> Ints:
        """The cell over fewer dimensions that each cell is a part of."""
        return self.cells(fewer, self.apart(names, cells) or {"": cells}, slice(None))

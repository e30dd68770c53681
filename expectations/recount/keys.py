"""Which figure: the columns that name a row of `nps_scores`.

Belongs here: keys, one by one and as whole columns. Does not belong here: what a figure says (`figures`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.dimensions import Dimensions
from expectations.recount.cells import ALL, Block
from expectations.recount.coding import KIND, Coding
from expectations.recount.periods import Calendar
from expectations.recount.statistics import Integers


class FigureKey(NamedTuple):
    """Which figure: `period_end` is exclusive; `members` has one of each dimension, or `(all)` where it does
    not split the row."""

    survey_type: str
    measure: str
    period_grain: str
    period_start: date
    period_end: date
    segment: str
    members: tuple[str, ...]
    definition_version: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> FigureKey:
        """From the values of `key_columns`."""
        *before, version = row
        return cls._make([*before[:_MEMBERS], tuple(before[_MEMBERS:]), version])

    @property
    def values(self) -> tuple[Any, ...]:
        """One value for each of `key_columns`."""
        return (*self[:_MEMBERS], *self.members, self.definition_version)


_MEMBERS = FigureKey._fields.index("members")


def key_columns(dimensions: Dimensions) -> tuple[str, ...]:
    """The columns that name a figure."""
    return (*FigureKey._fields[:_MEMBERS], *dimensions.names, *FigureKey._fields[_MEMBERS + 1 :])


class Keys:
    """The keys of many figures, a column each in `table`."""

    def __init__(self, table: pa.Table, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.table = table.select(key_columns(dimensions))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, place: int) -> FigureKey:
        return FigureKey.of([column[place].as_py() for column in self.table.columns])

    def __iter__(self) -> Iterator[FigureKey]:
        return map(FigureKey.of, zip(*(column.to_pylist() for column in self.table.columns), strict=True))


def keys(found: Sequence[Block], coding: Coding, calendar: Calendar) -> Keys:
    """The keys of the rows of blocks, one block after the other."""
    period = np.concatenate([block.period for block in found])
    sizes, segments = [block.cell.size for block in found], coding.dimensions.segments
    members = [coding.members_of(block.cell, (*KIND, *segments[block.segment])) for block in found]
    columns = {
        "measure": _named([block.measure for block in found], np.repeat(np.arange(len(found)), sizes)),
        "segment": _named([block.segment for block in found], np.repeat(np.arange(len(found)), sizes)),
        "period_grain": _named([each.grain for each in calendar.periods], period),
        "period_start": _named([each.start for each in calendar.periods], period),
        "period_end": _named([each.end for each in calendar.periods], period),
    }
    for name in (*KIND, *coding.dimensions.names):
        names = [*coding.members[name].to_pylist(), ALL]
        codes = [
            each[name] if name in each else np.full(size, len(names) - 1)
            for each, size in zip(members, sizes, strict=True)
        ]
        columns[name] = _named(names, np.concatenate(codes))
    return Keys(pa.table(columns), coding.dimensions)


def _named(names: Sequence[Any], places: Integers) -> pa.Array[Any]:
    """Names by their places, each of them once in the dictionary."""
    encoded: Any = pc.dictionary_encode(pa.array(names), null_encoding="encode")
    return pa.DictionaryArray.from_arrays(encoded.indices.to_numpy()[places], encoded.dictionary)

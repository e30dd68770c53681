"""Names as numbers, so that whole columns can be counted at once.

A cell is a number: the places of its members, one after the other, as the digits of a number are. Answers,
invitations, customers and published rows are numbered alike.

Belongs here: numbering. Does not belong here: what is counted (`cells`, `population`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, get_args, get_type_hints

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.dimensions import Dimensions
from expectations.recount.statistics import Integers

Names: TypeAlias = "pa.ChunkedArray[Any]"
#: What cells are never added over.
KIND = ("survey_type", "definition_version")
_TYPES = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    date: pa.date32(),
    str: pa.string(),
}


@dataclass(frozen=True)
class Coding:
    """The members of every column, in the order of their numbers."""

    members: Mapping[str, Names]
    dimensions: Dimensions

    @classmethod
    def of(cls, dimensions: Dimensions, *tables: pa.Table) -> Coding:
        """All members that any of the tables names."""
        members = {
            name: distinct(*(table[name] for table in tables if name in table.column_names))
            for name in (*KIND, *dimensions.names)
        }
        return cls(members, dimensions)

    def codes(self, table: pa.Table) -> dict[str, Integers]:
        """The columns of a table that have members, as their numbers; −1 for a member not known."""
        return {
            name: numbered(table[name], names)
            for name, names in self.members.items()
            if name in table.column_names
        }

    def size(self, columns: Sequence[str]) -> int:
        """How many cells the columns make."""
        size = 1
        for name in columns:
            size *= len(self.members[name])
        return size

    def cell(self, codes: Mapping[str, Integers], columns: Sequence[str]) -> Any:
        """The number of the cell; columns that are not among the codes count as their first member."""
        cell: Any = 0
        for name in columns:
            cell = cell * len(self.members[name]) + codes.get(name, 0)
        return cell

    def members_of(self, cells: Integers, columns: Sequence[str]) -> dict[str, Integers]:
        """The numbers of the members of cells."""
        codes = {}
        for name in reversed(columns):
            cells, codes[name] = np.divmod(cells, max(1, len(self.members[name])))
        return codes


def rows_as_table(kind: type[Any], rows: Iterable[Sequence[Any]], members: Sequence[str] = ()) -> pa.Table:
    """Rows of a NamedTuple as columns of its names, typed as it says; its last, where that is `members`, as a
    column for each of these names."""
    found, hints = list(rows), get_type_hints(kind)
    if hints.pop("members", None):
        found = [(*row[:-1], *row[-1]) for row in found]
        hints |= dict.fromkeys(members, str)
    values: Iterable[Sequence[Any]] = zip(*found, strict=True) if found else ((),) * len(hints)
    return pa.table(
        {
            name: pa.array(column, next(_TYPES[each] for each in _TYPES if each in (hint, *get_args(hint))))
            for (name, hint), column in zip(hints.items(), values, strict=True)
        }
    )


def numbered_by_engine(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> str:
    """Columns of few members for a select: the engine hands out numbers and each text once."""
    for name in columns:
        connection.execute(
            f"create or replace temp type members_of_{name} as enum"
            f" (select distinct {name} from {relation} where {name} is not null)"
        )
    return ", ".join(f"cast({name} as members_of_{name}) as {name}" for name in columns)


def encoded(table: pa.Table) -> pa.Table:
    """The same table, each text once: it is asked for its members and numbers more often than once."""
    columns = {name: _encoded(table[name]) for name in table.column_names}
    return pa.table(columns).unify_dictionaries().combine_chunks()


def _encoded(column: Names) -> Any:
    if pa.types.is_dictionary(column.type) and column.null_count:  # the engine numbers no nulls
        column = column.cast(pa.string())
    return pc.dictionary_encode(column, null_encoding="encode") if column.type == pa.string() else column


def numbered(column: Names, names: Names) -> Integers:
    """The place of each value among names; −1 where it is not there."""
    if not len(column):
        return np.zeros(0, np.int64)
    once: Any = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    found: Any = pc.index_in(once.dictionary, names.combine_chunks())
    places = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return np.asarray(places[once.indices.to_numpy()])


def distinct(*columns: Names) -> Names:
    """Every value of the columns once, null too; of dictionary-encoded ones what they stand for."""
    chunks: list[Any] = [chunk for column in columns for chunk in column.chunks]
    values = [chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk for chunk in chunks]
    found: Any = pa.chunked_array(values or [pa.array([], pa.string())]).unique()
    return pa.chunked_array([found])

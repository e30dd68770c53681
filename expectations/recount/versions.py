"""The current version of every raw record.

Loads that never ended are not read, nor what a corrected file took back. The engine only fetches: what is
current is decided here, and a version that is not the last so far is never parsed. A sample is narrowed by
the engine to the records named (`Among`), with all their versions.

Belongs here: which row of a raw table is current. Does not belong here: what a record says (`raw`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import duckdb
import pyarrow as pa

_BATCH = 20_000
_NO_MOMENT = -(2**63)
T = TypeVar("T")
Rank: TypeAlias = tuple[int, str, int]
#: Key and row → the record; None: this version says nothing and an older one may be current. A row is
#: record id, load, version_at, position and the table's columns.
Reader: TypeAlias = Callable[[str, tuple[Any, ...]], T | None]


class Raw(NamedTuple, Generic[T]):
    """A raw table, the columns to fetch, how to read a row, and what its key is (None: not a record)."""

    vendor: str
    table: str
    columns: str
    read: Reader[T]
    key: Callable[[str], str | None]


class Among(NamedTuple):
    """Only records that have, in any version, one of the `ids` in `column`; `compared` writes it in SQL."""

    column: str
    ids: Iterable[str | None]
    compared: Callable[[str], str]


def current(
    connection: duckdb.DuckDBPyConnection, *tables: Raw[T], among: Among | None = None
) -> dict[str, T]:
    """Key → what the current version says: the last by version_at, load, position over all `tables`."""
    best: dict[str, tuple[Rank, T]] = {}
    for table in tables:
        key_of, read = table.key, table.read
        for row in rows(connection, table.vendor, table.table, table.columns, among):
            key = key_of(row[0])
            if key is None:
                continue
            rank = rank_of(row)
            if key in best and rank <= best[key][0]:
                continue
            record = read(key, row)
            if record is not None:
                best[key] = (rank, record)
    return {key: record for key, (_, record) in best.items()}


def rows(
    connection: duckdb.DuckDBPyConnection,
    vendor: str,
    table: str,
    columns: str,
    among: Among | None = None,
    version_at: str = "epoch_us(version_at)",
) -> Iterator[tuple[Any, ...]]:
    """Record id, load, version_at (microseconds), position and `columns` of every version loaded."""
    complete = _complete_loads(connection, vendor, table)
    if not complete:
        return
    relation = f"raw_{vendor}.{table}"
    condition = ""
    if among is not None:
        ids = pa.table({"id": pa.array(among.ids, pa.string())})
        connection.register("among", ids)
        connection.execute("create or replace temp table wanted as select distinct id from among")
        connection.unregister("among")
        condition = f" where {among.compared(among.column)} in (select id from wanted)"
        if among.column != "record_id":
            condition = f" where record_id in (select record_id from {relation}{condition})"
    taken_back = _taken_back(connection, vendor, table, complete)
    if taken_back:
        condition += (
            f" {'and' if condition else 'where'} ({', '.join(taken_back)}) not in (select * from taken_back)"
        )
    # Whole microseconds: Python takes five times as long for an engine's own moments.
    found = connection.execute(
        f"select record_id, _dlt_load_id, {version_at}, position, {columns} from {relation}{condition}"
    )
    yield from (row for row in tuples(found) if row[1] in complete)


def _taken_back(
    connection: duckdb.DuckDBPyConnection, vendor: str, table: str, complete: set[str]
) -> tuple[str, ...]:
    """The key of what corrected files took back, left as rows of `taken_back`; empty if that is nothing."""
    if vendor != "files" or not is_there(connection, vendor, "withdrawals"):
        return ()
    key = ("table_name", "origin", "original_hash") if table == "quarantine" else ("record_id", "version_id")
    found = connection.execute(
        f"select _dlt_load_id, table_name, {', '.join(key)} from raw_files.withdrawals"
        f" where {key[1]} is not null"
    ).fetchall()
    gone = [row[2:] for row in found if row[0] in complete and table in (row[1], "quarantine")]
    if not gone:
        return ()
    columns = dict(zip(key, map(pa.array, zip(*gone, strict=True)), strict=True))
    connection.register("gone", pa.table(columns))
    connection.execute("create or replace temp table taken_back as select * from gone")
    connection.unregister("gone")
    return key


def tuples(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of a query; by way of whole columns, which is faster than one by one."""
    for batch in found.to_arrow_reader(_BATCH):
        yield from zip(*map(_values, batch.columns), strict=True)


def _values(column: pa.Array[Any]) -> list[Any]:
    """A column's values; texts are faster by way of NumPy."""
    return (
        column.to_numpy(zero_copy_only=False).tolist() if column.type == pa.string() else column.to_pylist()
    )


def rank_of(row: tuple[Any, ...]) -> Rank:
    """What orders the versions of a record: the vendor's moment (none first), load, position."""
    return (_NO_MOMENT if row[2] is None else row[2], row[1], row[3])


def is_there(connection: duckdb.DuckDBPyConnection, vendor: str, table: str) -> bool:
    """Whether the vendor has such a raw table."""
    there = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
        [f"raw_{vendor}", table],
    ).fetchone()
    return bool(there and there[0])


def loaded_at(connection: duckdb.DuckDBPyConnection, vendor: str) -> dict[str, int]:
    """Load → when it ended, microseconds."""
    found = connection.execute(
        f"select load_id, min(epoch_us(inserted_at)) from raw_{vendor}._dlt_loads where status = 0 group by 1"
    )
    return dict(found.fetchall())


def _complete_loads(connection: duckdb.DuckDBPyConnection, vendor: str, table: str) -> set[str]:
    if not is_there(connection, vendor, table):
        return set()
    loads = connection.execute(f"select load_id, status from raw_{vendor}._dlt_loads").fetchall()
    return {load for load, status in loads if status == 0}

"""The current version of every raw record.

Loads that never ended are not read. The queries only fetch; nothing is filtered, joined or calculated by
the engine. A version that is not the last so far is never parsed.

Belongs here: which row of a raw table is current. Does not belong here: what a record says (`recount_raw`).
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import duckdb

_BATCH = 20_000
_NO_MOMENT = -(2**63)
T = TypeVar("T")
_Rank: TypeAlias = tuple[int, int, int]
#: Key and row → the record. A row is record id, load, version_at, position and the table's columns.
Reader: TypeAlias = Callable[[str, tuple[Any, ...]], T]


class Raw(NamedTuple, Generic[T]):
    """A raw table, the columns to fetch, how to read a row, and what its key is (None: not a record)."""

    vendor: str
    table: str
    columns: str
    read: Reader[T]
    key: Callable[[str], str | None]


def current(
    connection: duckdb.DuckDBPyConnection, *tables: Raw[T], wanted: Container[str] | None = None
) -> dict[str, T]:
    """Key → what the current version says: the last by version_at, load, position over all `tables`.

    With `wanted`, only records whose key is in it.
    """
    best: dict[str, tuple[_Rank, T]] = {}
    for table in tables:
        complete = complete_loads(connection, table.vendor, table.table)
        if not complete:
            continue
        key_of, read = table.key, table.read
        # Whole microseconds: Python takes five times as long for an engine's own moments.
        rows = connection.execute(
            f"select record_id, _dlt_load_id, epoch_us(version_at), position, {table.columns}"
            f" from raw_{table.vendor}.{table.table}"
        )
        while batch := rows.fetchmany(_BATCH):
            for row in batch:
                key = key_of(row[0])
                if key is None or row[1] not in complete or (wanted is not None and key not in wanted):
                    continue
                rank = (_NO_MOMENT if row[2] is None else row[2], complete[row[1]], row[3])
                if key not in best or rank > best[key][0]:
                    best[key] = (rank, read(key, row))
    return {key: record for key, (_, record) in best.items()}


def complete_loads(connection: duckdb.DuckDBPyConnection, vendor: str, table: str) -> dict[str, int]:
    """The vendor's loads that ended, each with its place among them; none where it has no such table."""
    there = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
        [f"raw_{vendor}", table],
    ).fetchone()
    if not there or not there[0]:
        return {}
    loads = connection.execute(f"select load_id, status from raw_{vendor}._dlt_loads").fetchall()
    return {load: place for place, load in enumerate(sorted(load for load, status in loads if status == 0))}

"""The vendors' records read again from the payload, as Python objects, against the typed columns of raw.

Belongs here: the comparison. Does not belong here: where a column is in a payload (`vendor_fields`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from expectations.rereading.differences import EXAMPLES, Difference
from expectations.rereading.vendor_fields import Field, Fields, Kind

_ROWS = 20_000
_BUCKETS = 65_536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def count(connection: duckdb.DuckDBPyConnection, vendor: str, table: str, seen_through: str) -> int:
    """How many rows of a table came with loads after `seen_through`."""
    [[found]] = connection.execute(
        f"select count(*) from raw_{vendor}.{table} where {_IN_NEW_LOADS.format(vendor=vendor)}",
        [seen_through],
    ).fetchall()
    return int(found)


def differences(
    connection: duckdb.DuckDBPyConnection,
    vendor: str,
    table: str,
    fields: Fields,
    seen_through: str,
    share: float,
) -> tuple[int, list[Difference]]:
    """How many rows of loads after `seen_through` were read again, and some of those that differ."""
    columns = ", ".join(
        f"epoch_us({name}) as {name}" if field.kind in (Kind.MOMENT, Kind.SECONDS) else name
        for name, field in fields.items()
    )
    sampled = f" and hash(record_id) % {_BUCKETS} < {share * _BUCKETS}" if share < 1 else ""
    found = connection.execute(
        f"select record_id, payload, {columns} from raw_{vendor}.{table}"
        f" where {_IN_NEW_LOADS.format(vendor=vendor)}{sampled}",
        [seen_through],
    )
    looked_at, told = 0, list[Difference]()
    for rows in found.to_arrow_reader(_ROWS):
        looked_at += rows.num_rows
        told += _compared(table, fields, rows)
    return looked_at, told[:EXAMPLES]


_IN_NEW_LOADS = (
    "_dlt_load_id > ? and _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
)


def _compared(table: str, fields: Fields, rows: pa.RecordBatch) -> Iterator[Difference]:
    texts: list[Any] = rows.column("payload").to_pylist()
    records = _Records(list(map(orjson.loads, texts)))
    for name, field in fields.items():
        loaded, again = rows.column(name), records.values(field)
        if not _are_equal(loaded, again):
            ids = rows.column("record_id").to_pylist()
            for record_id, was, now in zip(ids, loaded.to_pylist(), again, strict=True):
                if was != now:
                    yield Difference(table, f"record {record_id}, column {name}", str(was), str(now))


def _are_equal(loaded: pa.Array[Any], again: list[Any]) -> bool:
    """Whether a whole column is the same. What does not fit the column's type is looked at one by one."""
    try:
        return loaded.equals(pa.array(again, loaded.type))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False


class _Records:
    """Parsed payloads, from which whole columns are taken."""

    def __init__(self, records: list[Any]) -> None:
        self._at: dict[tuple[str, ...], list[Any]] = {(): records}

    def values(self, field: Field) -> list[Any]:
        """The values of a field, as raw holds them."""
        first, *others = [self._found(tuple(path.split("."))) for path in field.paths]
        for other in others:
            first = [another if value is None else value for value, another in zip(first, other, strict=True)]
        typed = _TYPED.get(field.kind)
        return list(map(typed, first)) if typed else first

    def _found(self, path: tuple[str, ...]) -> list[Any]:
        """What is at a path of keys and list places; nothing where there is no such path."""
        if path not in self._at:
            *outer, key = path
            held = self._found(tuple(outer))
            if key.isdigit():
                place = int(key)
                found = [
                    each[place] if isinstance(each, list) and place < len(each) else None for each in held
                ]
            elif set(map(type, held)) == {dict}:
                found = [each.get(key) for each in held]
            else:
                found = [each.get(key) if isinstance(each, dict) else None for each in held]
            self._at[path] = found
        return self._at[path]


@cache
def _moment(text: Any) -> Any:
    """Microseconds since 1970; the text itself where it is none, which no column is equal to."""
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND if text else None
    except (TypeError, ValueError):
        return text


def _flag(value: Any) -> Any:
    """True and false, which some write as 1 and 0."""
    return {1: True, 0: False}.get(value, value) if isinstance(value, int) else value


def _seconds(value: Any) -> Any:
    return value * 1_000_000 if isinstance(value, int | float) else value


@cache
def _day(text: Any) -> Any:
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return text


_TYPED: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.FLAG: _flag,
    Kind.MOMENT: _moment,
    Kind.SECONDS: _seconds,
    Kind.DAY: _day,
}

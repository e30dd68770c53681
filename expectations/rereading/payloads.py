"""The vendors' records read again from the payload, by Python's `json`, against the typed columns of raw.

Belongs here: the comparison. Does not belong here: where a column is in a payload (`vendor_fields`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb

from expectations.recount.sample import Sample
from expectations.rereading.differences import EXAMPLES, Difference
from expectations.rereading.vendor_fields import Field, Fields, Kind

_ROWS = 20_000
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
        f"epoch_us({name})" if field.kind in (Kind.MOMENT, Kind.SECONDS) else name
        for name, field in fields.items()
    )
    sampled = f" and {Sample.of(share).condition('record_id')}" if share < 1 else ""
    found = connection.execute(
        f"select record_id, payload, {columns} from raw_{vendor}.{table}"
        f" where {_IN_NEW_LOADS.format(vendor=vendor)}{sampled}",
        [seen_through],
    )
    looked_at, told = 0, list[Difference]()
    while rows := found.fetchmany(_ROWS):
        looked_at += len(rows)
        told += _compared(table, list(fields.items()), rows)
    return looked_at, told[:EXAMPLES]


_IN_NEW_LOADS = (
    "_dlt_load_id > ? and _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
)


def _compared(
    table: str, fields: Sequence[tuple[str, Field]], rows: Sequence[tuple[Any, ...]]
) -> Iterator[Difference]:
    ids, payloads, *columns = zip(*rows, strict=True)
    records = list(map(json.loads, payloads))
    for (name, field), loaded in zip(fields, columns, strict=True):
        again = tuple(map(_reader(field), records))
        if loaded != again:
            for record_id, was, now in zip(ids, loaded, again, strict=True):
                if was != now:
                    yield Difference(table, f"record {record_id}, column {name}", str(was), str(now))


def _reader(field: Field) -> Callable[[Any], Any]:
    """What takes a field's value out of a record."""
    steps = [tuple(int(key) if key.isdigit() else key for key in path.split(".")) for path in field.paths]
    typed: Callable[[Any], Any] | None = {
        Kind.AS_IT_IS: None,
        Kind.MOMENT: _moment,
        Kind.SECONDS: _seconds,
        Kind.DAY: _day,
    }[field.kind]
    if typed is None and len(steps) == 1 and len(steps[0]) == 1:
        [[only]] = steps
        return lambda record: record.get(only)

    def read(record: Any) -> Any:
        for path in steps:
            value = record
            for key in path:
                if isinstance(value, dict) and isinstance(key, str):
                    value = value.get(key)
                elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                    value = value[key]
                else:
                    value = None
            if value is not None:
                return typed(value) if typed else value
        return None

    return read


@cache
def _moment(text: Any) -> Any:
    """Microseconds since 1970; the text itself where it is none, which no column is equal to."""
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND if text else None
    except (TypeError, ValueError):
        return text


def _seconds(value: Any) -> Any:
    return value * 1_000_000 if isinstance(value, int | float) else value


@cache
def _day(text: Any) -> Any:
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return text

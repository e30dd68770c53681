"""The vendors' records read again from the payload, as Python objects, against the typed columns of raw.

Belongs here: the comparison. Does not belong here: where a column is in a payload (`vendors`), or how
it is read there (`expectations.payloads`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from expectations.declaring import Fields, Kind
from expectations.payloads import Payloads
from expectations.rereading.differences import EXAMPLES, Difference

_ROWS = 1_000  # parsed payloads of more do not stay in the processor's memory
_BUCKETS = 65_536


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
    records = Payloads(texts)
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

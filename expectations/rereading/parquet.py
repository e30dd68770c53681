"""Parquet by DuckDB, where the loader takes Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from expectations.rereading.chunks import Chunk, Share, Written, unique_headers
from expectations.rereading.mapping import Mapping

_ROWS = 50_000
_EXACT = 1e15


def read(path: Path, mapping: Mapping, share: Share) -> Iterator[Chunk]:
    """The file's records."""
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        found = engine.execute("select * from read_parquet(?)", [str(path)])
        names = unique_headers([name for name, *_ in found.description or []])
        last = 0
        while group := found.fetchmany(_ROWS):
            numbers = share.chosen(range(last + 1, last + len(group) + 1)).tolist()
            rows = [group[number - last - 1] for number in numbers]
            columns = {name: [_text(row[at]) for row in rows] for at, name in enumerate(names)}
            yield Chunk(len(group), numbers, columns)
            last += len(group)


def _text(value: Any) -> str | None:
    """A value as a person would write it into a CSV: moments in ISO 8601, with a zone if they have one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return Written(str(value).lower())
    if isinstance(value, float):
        return Written(int(value) if value.is_integer() and abs(value) < _EXACT else repr(value))
    if isinstance(value, datetime) and value.tzinfo is not None:
        return Written(f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}Z")
    if isinstance(value, date | time):
        return Written(value.isoformat())
    return Written(f"{value:f}" if isinstance(value, Decimal) else value)

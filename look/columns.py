"""The columns of a file as read: their names and values. Does not belong here: what they mean."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import NULL_TOKENS, Mapping
from ingestion.files.readers import open_reading
from look.vocabulary import import_id

_CELLS = 3_000_000
_DESCRIBED = 90


@dataclass(frozen=True)
class Column:
    """A column: the header by which a mapping names it, all its `labels` (including the texts in the rows
    above the header), and how often it has each value, without null tokens."""

    header: str
    labels: tuple[str, ...]
    values: Counter[str]

    @property
    def shown(self) -> str:
        """Its display name: the text above its header, if there is one."""
        return self.labels[1] if len(self.labels) > 1 else self.header

    @property
    def described(self) -> str:
        """The texts above its header, in one line."""
        text = " ".join(": ".join(dict.fromkeys(self.labels[1:])).split())
        return text if len(text) <= _DESCRIBED else text[:_DESCRIBED] + "…"

    @property
    def filled(self) -> int:
        return self.values.total()


@dataclass(frozen=True)
class Contents:
    """A file's columns, the cells from which they were profiled, and the number of malformed rows."""

    columns: tuple[Column, ...]
    cells: pa.Table
    shapeless: int

    @property
    def rows(self) -> int:
        return self.cells.num_rows

    def different(self, columns: Sequence[Column]) -> int:
        """The number of distinct combinations of these columns, in rows that fill all of them."""
        names = [f"c{self.columns.index(column)}" for column in columns]
        return self.cells.select(names).drop_null().group_by(names).aggregate([]).num_rows


def read_columns(path: Path, mapping: Mapping, above: Sequence[Sequence[str]] = ()) -> Contents:
    """The columns as the loader's reader returns them; `above` are the rows above the header.

    Raises `FileNotUnderstoodError` if the file has no rows.
    """
    reading = open_reading(path, mapping)
    batches = [batch for batch in reading.batches if batch.num_rows]
    table = pa.Table.from_batches(batches, reading.schema)
    whole = table.filter(pc.is_null(table["reason"]))
    if not whole.num_rows:
        raise FileNotUnderstoodError(path, "there is no row below the header", "deliver the answers")
    every = max(1, whole.num_rows * len(table.schema) // _CELLS)
    some = whole.take(pa.array(range(0, whole.num_rows, every))) if every > 1 else whole
    if reading.headers is None:
        headers, cells = _members(path, [line or "" for line in some["line"].to_pylist()])
    else:
        headers, cells = reading.headers, [some[f"c{at}"].to_pylist() for at in range(len(reading.headers))]
    some = pa.table({f"c{at}": pa.array(values, pa.string()) for at, values in enumerate(cells)})
    columns = tuple(
        Column(header, _labels(header, at, above), Counter(_values(values)))
        for at, (header, values) in enumerate(zip(headers, cells, strict=True))
    )
    return Contents(columns, some, table.num_rows - whole.num_rows)


def _labels(header: str, at: int, above: Sequence[Sequence[str]]) -> tuple[str, ...]:
    name = import_id(header)
    return (name or header, *(row[at].strip() for row in above if at < len(row) and row[at].strip()))


def _values(cells: list[Any]) -> list[str]:
    return [cell.strip() for cell in cells if cell is not None and cell.strip() not in NULL_TOKENS]


def _members(path: Path, lines: list[str]) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The members of JSON objects as columns; values as the text that a load would read."""
    objects = []
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            objects.append(value)
    if not objects:
        raise FileNotUnderstoodError(
            path, "no line is a JSON object", "write one object per line, without [ and ]"
        )
    headers = tuple(dict.fromkeys(key for one in objects for key in one))
    return headers, [[_text(one.get(header)) for one in objects] for header in headers]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)

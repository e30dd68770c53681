"""What every reader gives: the headers of a file and batches of its rows as text. Nothing is typed here.

Every batch carries the row's number in the file (1 is the first after the header) and either the row's
cells or, where not even a row could be made of it, the reason and the original text.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from ingestion.tables import GROUP_ROWS

BATCH_ROWS = 100_000
_GROUP_BYTES = 32 << 20

#: What a cell of a workbook holds in place of a value, and what we write for a formula never calculated.
CELL_ERRORS = (
    "#N/A",
    "#REF!",
    "#DIV/0!",
    "#VALUE!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#UNKNOWN!",
    "#CONNECT!",
    "#BUSY!",
)
UNCALCULATED = "#UNCALCULATED!"

#: Columns of every batch before the cells: the row's number, and what kept it from being read.
PROBLEM_COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    ("row_number", pa.int64()),
    ("reason", pa.string()),
    ("detail", pa.string()),
    ("original_text", pa.string()),
)


@dataclass
class LeftOut:
    """How many rows of a file the mapping's `[rows]` left out so far."""

    count: int = 0


@dataclass(frozen=True)
class Reading:
    """A file being read. `headers` are unique; `None` for JSON lines, whose rows name their own columns.
    `repeated` are those that stand more than once in the file. `sheets` are those of a workbook, each with
    the number of its first row: numbers go on from sheet to sheet. `left_out` counts the rows that are not of
    this mapping; it is whole when `batches` have been taken.

    `batches` have `PROBLEM_COLUMNS` and then a text column a header (`c0`, `c1`, …) or the one column
    `line`. They are read while they are taken: memory does not grow with the file.
    """

    headers: tuple[str, ...] | None
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    repeated: frozenset[str] = frozenset()
    sheets: tuple[tuple[str, int], ...] = ()
    left_out: LeftOut = field(default_factory=LeftOut)


def text_schema(*names: str) -> pa.Schema:
    """The schema of batches with these text columns."""
    return pa.schema([*PROBLEM_COLUMNS, *((name, pa.string()) for name in names)])


def row_schema(count: int) -> pa.Schema:
    """The schema of the batches of a file with so many columns."""
    return text_schema(*(f"c{at}" for at in range(count)))


def unique_headers(found: list[str]) -> tuple[str, ...]:
    """Headers as the payload names them: trimmed; an empty one is `column_<n>`, a repeated one `<name>_2`."""
    names: list[str] = []
    for at, header in enumerate(found, start=1):
        name = base = header.strip() or f"column_{at}"
        copy = 2
        while name in names:
            name, copy = f"{base}_{copy}", copy + 1
        names.append(name)
    return tuple(names)


def repeated_headers(found: list[str]) -> frozenset[str]:
    """The headers that stand more than once."""
    names = [header.strip() for header in found]
    return frozenset(name for name in names if name and names.count(name) > 1)


def good_rows(
    schema: pa.Schema, numbers: "pa.Array[Any]", cells: "Sequence[pa.Array[Any]]"
) -> pa.RecordBatch:
    """A batch of rows without a problem so far."""
    none = pa.nulls(len(numbers), pa.string())
    return pa.record_batch([numbers, none, none, none, *cells], schema=schema)


def bad_rows(schema: pa.Schema, rows: list[tuple[int, str, str, str]]) -> pa.RecordBatch:
    """A batch of `(row number, reason, detail, original text)`."""
    columns = [
        pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=False)
    ]
    return pa.record_batch(
        [*columns, *(pa.nulls(len(rows), pa.string()) for _ in range(len(schema) - 4))], schema=schema
    )


def grouped(batches: Iterator[pa.RecordBatch]) -> Generator[pa.Table, None, None]:
    """Batches put together to what is worth a statement: so many rows, or so many bytes if they are long."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            group.append(batch)
        if (
            sum(part.num_rows for part in group) >= GROUP_ROWS
            or sum(part.nbytes for part in group) >= _GROUP_BYTES
        ):
            yield pa.Table.from_batches(group)
            group = []
    if group:
        yield pa.Table.from_batches(group)

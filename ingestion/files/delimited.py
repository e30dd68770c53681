"""CSV and TSV, streamed: blocks of bytes to batches of text, rows that are none to rejects."""

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.records import RowShape, StrayMarkError, blocks, count_records, row_shape
from ingestion.files.rows import Reading, bad_rows, good_rows, repeated_headers, row_schema, unique_headers
from ingestion.files.text import MARKERS, Utf8Stream, shown
from ingestion.tables import Reason

BLOCK_BYTES = 1 << 20
_HEADER_BYTES = 1 << 20
_SAMPLE_ROWS = 100
# The options' stubs do not know `default_column_type` yet; the stream is valid UTF-8 by construction.
_OPTIONS: dict[str, Any] = {
    "default_column_type": pa.string(),
    "strings_can_be_null": False,
    "check_utf8": False,
}
_AS_TEXT = pyarrow.csv.ConvertOptions(**_OPTIONS)


def read_csv(path: Path, mapping: Mapping) -> Reading:
    """Opens a CSV; its rows are read while they are taken. Raises `FileNotUnderstoodError`."""
    header = _header(path, mapping)
    headers, schema = unique_headers(header.names), row_schema(header.shape.width)
    batches = _batches(path, mapping, header, headers, schema)
    return Reading(headers, schema, batches, repeated_headers(header.names))


@dataclass(frozen=True)
class _Header:
    """The names in the header, the bytes up to its end, and what the rows after it look like."""

    names: list[str]
    length: int
    shape: RowShape


def _header(path: Path, mapping: Mapping) -> _Header:
    delimiter = mapping.delimiter or ("\t" if ".tsv" in path.name.lower() else ",")
    with Utf8Stream(path, mapping.encoding) as stream:
        start = stream.read(_HEADER_BYTES).decode("utf-8", "ignore")
    lines = list(io.StringIO(start, newline=""))
    above = mapping.header_row - 1
    rows = csv.reader(lines[above:], delimiter=delimiter, quoting=_quoting(mapping))
    found = _first_row(path, rows)
    end = above + rows.line_num
    if not found:
        raise FileNotUnderstoodError(
            path, f"there is no header in row {mapping.header_row}", "the first row must name the columns"
        )
    sample = _first_rows(rows)
    widths = {len(row) if row[-1] else -len(row) for row in sample}
    if widths == {-len(found) - 1}:
        found.append("")  # a delimiter ends each row, and not the header
    elif {abs(width) for width in widths} == {len(found) - 1} and not found[-1]:
        found.pop()  # and the other way round
    for name in found:
        if shown(name) != name:
            raise FileNotUnderstoodError(
                path,
                f'the header "{shown(name)}" is not text in {mapping.encoding}',
                'name the file\'s encoding in its mapping, such as encoding = "latin-1"',
            )
    shape = row_shape(sample, delimiter, len(found), mapping.null_tokens)
    return _Header(found, len("".join(lines[:end]).encode()), shape)


def _quoting(mapping: Mapping) -> Literal[0, 3]:
    return csv.QUOTE_NONE if mapping.quotes is False else csv.QUOTE_MINIMAL


def _first_row(path: Path, rows: Iterator[list[str]]) -> list[str]:
    try:
        return next((row for row in rows if row), [])
    except csv.Error as error:
        raise FileNotUnderstoodError(
            path,
            f"the header cannot be read ({error})",
            "close its quotation mark, or write quotes = false in the mapping if marks are ordinary text",
        ) from error


def _first_rows(rows: Iterator[list[str]]) -> list[list[str]]:
    """Some rows after the header; none where a quotation mark that is never closed makes one of them all."""
    with contextlib.suppress(csv.Error):
        return list(islice(filter(None, rows), _SAMPLE_ROWS))
    return []


def _batches(
    path: Path, mapping: Mapping, header: _Header, headers: tuple[str, ...], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    delimiter, before = header.shape.delimiter.decode(), 0
    with Utf8Stream(path, mapping.encoding) as stream:
        stream.read(header.length)
        try:
            for block in blocks(stream, BLOCK_BYTES, header.shape, mapping.quotes):
                table, refused = _parsed(block, delimiter, len(headers), mapping.quotes is not False)
                numbers = _row_numbers(table.num_rows, refused) + before
                before += table.num_rows + len(refused)
                cells = [column.combine_chunks() for column in table.columns]
                rows = good_rows(schema, pa.array(numbers), cells)
                yield from _undecodable_apart(rows, headers, mapping.encoding) if stream.marked else (rows,)
                if refused:
                    first = before - table.num_rows - len(refused)
                    yield bad_rows(schema, [_bad_shape(row, first) for row in refused])
        except StrayMarkError as stray:
            raise _stray_mark(path, stray, before + count_records(stray.before, delimiter) + 1) from stray


def _parsed(block: bytes, delimiter: str, width: int, quotes: bool) -> tuple[pa.Table, list[Any]]:
    """The rows of whole records as text, and those of another shape."""
    names = [f"c{at}" for at in range(width)]
    refused: list[Any] = []

    def reject(row: Any) -> Literal["skip", "error"]:
        refused.append(row)
        return "skip"

    if not block.strip(b"\r\n"):
        return pa.table({name: pa.array([], pa.string()) for name in names}), refused
    table = pyarrow.csv.read_csv(
        cast(IO[Any], pa.BufferReader(block)),
        # Row numbers of rejected rows are known to a single thread only.
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=len(block) + 1, column_names=names
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if quotes else False,
            newlines_in_values=quotes,
            invalid_row_handler=reject,
        ),
        convert_options=_AS_TEXT,
    )
    return table, refused


def _row_numbers(count: int, refused: list[Any]) -> Any:
    """The numbers in their block of the rows that were not refused."""
    gone = np.array([row.number for row in refused], dtype=np.int64)
    return np.setdiff1d(np.arange(1, count + len(gone) + 1), gone, assume_unique=True)


def _bad_shape(row: Any, before: int) -> tuple[int, str, str, str]:
    text = shown(row.text)
    reason = Reason.BAD_ROW_SHAPE if text == row.text else Reason.UNDECODABLE
    detail = f"the row has {row.actual_columns} cells and the header {row.expected_columns}"
    return before + row.number, reason, detail, text


def _stray_mark(path: Path, stray: StrayMarkError, row: int) -> FileNotUnderstoodError:
    return FileNotUnderstoodError(
        path,
        f"row {row}: the cell that begins with {shown(stray.cell)} {shown(stray.problem)}",
        stray.remedy,
    )


def _undecodable_apart(
    rows: pa.RecordBatch, headers: tuple[str, ...], encoding: str
) -> Iterator[pa.RecordBatch]:
    """The rows that are text, and those with bytes that are not."""
    found = None
    for column in rows.columns[4:]:
        hit = pc.match_substring_regex(column, MARKERS)
        found = hit if found is None else pc.or_(found, hit)
    if found is None or not pc.any(found).as_py():
        yield rows
        return
    yield rows.filter(pc.invert(found))
    bad = []
    for row in rows.filter(found).to_pylist():
        cells = [row[f"c{at}"] for at in range(len(headers))]
        where = next(header for header, cell in zip(headers, cells, strict=True) if shown(cell) != cell)
        original = {header: shown(cell) for header, cell in zip(headers, cells, strict=True)}
        detail = f'column "{where}" holds bytes that are not text in {encoding}; name its own in the mapping'
        bad.append((row["row_number"], Reason.UNDECODABLE, detail, json.dumps(original, ensure_ascii=False)))
    yield bad_rows(rows.schema, bad)

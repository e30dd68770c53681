"""CSV and TSV, streamed: blocks of bytes to batches of text, rows that are none to rejects."""

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
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
    delimiter = mapping.delimiter or ("\t" if ".tsv" in path.name.lower() else ",")
    found = _found_headers(path, mapping, delimiter)
    headers, schema = unique_headers(found), row_schema(len(found))
    return Reading(
        headers, schema, _batches(path, mapping, delimiter, headers, schema), repeated_headers(found)
    )


def _found_headers(path: Path, mapping: Mapping, delimiter: str) -> list[str]:
    with Utf8Stream(path, mapping.encoding) as stream:
        start = stream.read(_HEADER_BYTES).decode("utf-8", "ignore")
    lines = io.StringIO(start, newline="")
    for _ in range(mapping.header_row - 1):
        lines.readline()
    rows = csv.reader(lines, delimiter=delimiter)
    found = next((row for row in rows if row), [])
    if not found:
        raise FileNotUnderstoodError(
            path, f"there is no header in row {mapping.header_row}", "the first row must name the columns"
        )
    widths = {len(row) if row[-1] else -len(row) for row in _first_rows(rows)}
    if widths == {-len(found) - 1}:
        found.append("")  # a delimiter ends each row, and not the header
    elif {abs(width) for width in widths} == {len(found) - 1} and not found[-1]:
        found.pop()  # and the other way round
    for header in found:
        if shown(header) != header:
            raise FileNotUnderstoodError(
                path,
                f'the header "{shown(header)}" is not text in {mapping.encoding}',
                'name the file\'s encoding in its mapping, such as encoding = "latin-1"',
            )
    return found


def _first_rows(rows: Iterator[list[str]]) -> list[list[str]]:
    """Some rows after the header; none where a quotation mark that is never closed makes one of them all."""
    with contextlib.suppress(csv.Error):
        return list(islice(filter(None, rows), _SAMPLE_ROWS))
    return []


def _batches(
    path: Path, mapping: Mapping, delimiter: str, headers: tuple[str, ...], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    above = mapping.header_row - 1  # Arrow numbers these rows too
    shapeless: list[tuple[int, str, str, str]] = []
    skipped: list[int] = []

    def reject(row: Any) -> Literal["skip", "error"]:
        text = shown(row.text)
        reason = Reason.BAD_ROW_SHAPE if text == row.text else Reason.UNDECODABLE
        detail = f"the row has {row.actual_columns} cells and the header {row.expected_columns}"
        number = row.number - above
        skipped.append(number)
        if number == 1:  # the header, where a delimiter ends it and not the rows, or them and not it
            return "skip"
        shapeless.append((number - 1, reason, detail, text))
        return "skip"

    with Utf8Stream(path, mapping.encoding) as stream:
        try:
            reader = pyarrow.csv.open_csv(
                cast(IO[Any], stream),
                # Row numbers of rejected rows are known to a single thread only.
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    skip_rows=above,
                    column_names=[f"c{at}" for at in range(len(headers))],
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=reject
                ),
                convert_options=_AS_TEXT,
            )
            next_number = 1
            for block in reader:
                numbers, next_number = _row_numbers(next_number, block.num_rows, skipped)
                start = 1 if len(numbers) and numbers[0] == 1 else 0
                cells = [column.slice(start) for column in block.columns]
                rows = good_rows(schema, pa.array(numbers[start:] - 1), cells)
                yield from _undecodable_apart(rows, headers, mapping.encoding) if stream.marked else (rows,)
                if shapeless:
                    yield bad_rows(schema, _taken(shapeless))
        except pa.ArrowInvalid as error:
            raise FileNotUnderstoodError(
                path,
                f"the rows cannot be told apart ({error})",
                "look for a quotation mark that is never closed, or another delimiter or header_row",
            ) from error
        if shapeless:
            yield bad_rows(schema, _taken(shapeless))


def _taken(refused: list[tuple[int, str, str, str]]) -> list[tuple[int, str, str, str]]:
    """All there are by now, taken off the list. Arrow reads ahead in a thread of its own, and may add another
    at any moment, also while these are on their way."""
    taken = refused[:]
    del refused[: len(taken)]
    return taken


def _row_numbers(first: int, count: int, skipped: list[int]) -> tuple[Any, int]:
    """The numbers of the next `count` rows that were not skipped, and the number after them."""
    end, gone = first + count, 0
    if not skipped:
        return np.arange(first, end), end
    while gone < len(skipped) and skipped[gone] < end:
        end, gone = end + 1, gone + 1
    numbers = np.setdiff1d(
        np.arange(first, end), np.array(skipped[:gone], dtype=np.int64), assume_unique=True
    )
    del skipped[:gone]
    return numbers, end


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

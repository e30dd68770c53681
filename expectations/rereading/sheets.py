"""XLSX by openpyxl, which reads the workbook as it was saved: values, and whether a cell holds an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from expectations.rereading.chunks import Chunk, Rounded, Share, Unusable, Written, unique_headers
from expectations.rereading.mapping import Mapping

_ROWS = 50_000
_MORE_THAN_FIFTEEN_DIGITS = 10**15


def read(path: Path, mapping: Mapping, share: Share) -> Iterator[Chunk]:
    """The records of the sheets that the mapping names; numbers count rows, empty ones too."""
    with closing(load_workbook(path, read_only=True, data_only=True)) as book:
        for sheet in _sheets(book, mapping):
            yield from _of_sheet(sheet, mapping, share)


def _sheets(book: Any, mapping: Mapping) -> list[Any]:
    if isinstance(mapping.sheets, tuple):
        return [book[name] for name in mapping.sheets]
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if mapping.sheets == "all":
        return visible
    return [book[mapping.sheet]] if mapping.sheet else visible[:1]


def _of_sheet(sheet: Any, mapping: Mapping, share: Share) -> Iterator[Chunk]:
    sheet.reset_dimensions()  # some tools write them wrongly
    rows = islice(sheet.iter_rows(), mapping.header_row - 1, None)
    names = unique_headers([_text(cell) or "" for cell in next(rows, ())])
    last = 0
    while group := list(islice(rows, _ROWS)):
        numbered = {
            number: row
            for number, row in enumerate(group, start=last + 1)
            if any(cell.value not in (None, "") for cell in row)
        }
        last += len(group)
        numbers = share.chosen(list(numbered)).tolist()
        columns = {
            name: [_text(row[at]) if at < len(row) else None for row in map(numbered.__getitem__, numbers)]
            for at, name in enumerate(names)
        }
        yield Chunk(len(numbered), numbers, columns, sheet=sheet.title)


def _text(cell: Any) -> str | None:
    """A cell as a person would write it into a CSV; a date without a time of day is a day."""
    value = cell.value
    if value is None or isinstance(value, str):
        return Unusable(value) if cell.data_type == "e" else value or ""
    if isinstance(value, bool):
        return Written(str(value).lower())
    if isinstance(value, int | float):
        if abs(value) >= _MORE_THAN_FIFTEEN_DIGITS:
            return Rounded(repr(float(value)))
        return Written(int(value) if value == int(value) else repr(value))
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date | time):
        return Written(value.isoformat())
    return Written(value.total_seconds() if isinstance(value, timedelta) else value)

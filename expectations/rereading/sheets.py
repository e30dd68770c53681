"""XLSX by openpyxl: values as they were saved, cells with an error, formulas that were never calculated."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date, datetime, time, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from expectations.rereading.chunks import Chunk, Rounded, Share, Unusable, Written, unique_headers
from expectations.rereading.mapping import Mapping

_MORE_THAN_FIFTEEN_DIGITS = 10**15
_FORMULA = b"<f"
_CHUNK = 4 << 20


def read(path: Path, mapping: Mapping, share: Share) -> Iterator[Chunk]:
    """The records of the sheets that the mapping names, each sheet a chunk.

    Numbers count the rows below the header, empty ones too, and go on from sheet to sheet.
    """
    with ExitStack() as opened:
        values = opened.enter_context(closing(load_workbook(path, read_only=True, data_only=True)))
        formulas = None
        if _has_formulas(path):
            formulas = opened.enter_context(closing(load_workbook(path, read_only=True)))
        before = 0
        for name in _sheets(values, mapping):
            rows = list(_rows(values[name], formulas[name] if formulas else None, mapping.header_row))
            while rows and not any(rows[-1]):
                rows.pop()
            width = max((at for row in rows for at, text in enumerate(row, start=1) if text), default=0)
            header, *below = [[*row, *repeat("", width - len(row))] for row in rows]
            numbered = {number: row for number, row in enumerate(below, start=before + 1) if any(row)}
            numbers = share.chosen(list(numbered)).tolist()
            columns = {
                title: [numbered[number][at] for number in numbers]
                for at, title in enumerate(unique_headers(header[:width]))
            }
            yield Chunk(len(numbered), numbers, columns, sheet=name)
            before += len(below)


def _sheets(book: Any, mapping: Mapping) -> list[str]:
    """The named sheets, else the first that is not hidden, or all of these."""
    if isinstance(mapping.sheets, tuple):
        return list(mapping.sheets)
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if mapping.sheets == "all":
        return visible
    return [mapping.sheet] if mapping.sheet else visible[:1]


def _rows(values: Any, formulas: Any, header_row: int) -> Iterator[list[str]]:
    """The rows of a sheet from its header on, as texts."""
    values.reset_dimensions()  # some tools write them wrongly
    if formulas is not None:
        formulas.reset_dimensions()
    behind = formulas.iter_rows(min_row=header_row) if formulas else repeat(())
    for row, written in zip(values.iter_rows(min_row=header_row), behind, strict=False):
        texts = [_text(cell) for cell in row]
        for at, cell in enumerate(written):
            # A formula whose value is an empty text says so by its type.
            if cell.data_type == "f" and row[at].value is None and row[at].data_type != "str":
                texts[at] = Unusable("a formula without a value")
        yield texts


def _has_formulas(path: Path) -> bool:
    """Whether any sheet may hold one: looking for their values costs a second reading."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                with archive.open(member) as file:
                    while chunk := file.read(_CHUNK):
                        if _FORMULA in chunk:
                            return True
    return False


def _text(cell: Any) -> str:
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

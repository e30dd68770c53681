"""XLSX: one sheet to headers and batches of text. A sheet has at most 1,048,576 rows and is read whole."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, WorksheetNotFound

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.rows import BATCH_ROWS, Reading, good_rows, repeated_headers, row_schema, unique_headers


def read_xlsx(path: Path, mapping: Mapping) -> Reading:
    """The mapping's sheet, else the first. Raises `FileNotUnderstoodError`; an empty sheet is one."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        name = mapping.sheet or workbook.sheet_names[0]
        sheet = workbook.get_sheet_by_name(name)
    except WorksheetNotFound as error:
        names = ", ".join(workbook.sheet_names)
        raise FileNotUnderstoodError(
            path, f'there is no sheet "{mapping.sheet}" (it has {names})', "correct `sheet` in its mapping"
        ) from error
    except (CalamineError, OSError) as error:
        raise FileNotUnderstoodError(
            path, f"this is not an XLSX file ({error})", "save it again as XLSX"
        ) from error

    at = mapping.header_row - 1
    rows = sheet.to_python(skip_empty_area=False)
    found = [_as_text(cell) or "" for cell in rows[at]] if at < len(rows) else []
    if not any(found):
        raise FileNotUnderstoodError(
            path,
            f'the sheet "{name}" has no header in row {mapping.header_row}',
            "name the row that holds the headers in its mapping, such as header_row = 3, or remove the file",
        )
    _refuse_merged_header(path, sheet, mapping.header_row)
    while (
        found and not found[-1] and not any(row[len(found) - 1] not in ("", None) for row in rows[at + 1 :])
    ):
        found.pop()
    schema = row_schema(len(found))
    return Reading(
        unique_headers(found), schema, _batches(rows[at + 1 :], len(found), schema), repeated_headers(found)
    )


def _refuse_merged_header(path: Path, sheet: CalamineSheet, header_row: int) -> None:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top <= header_row - 1 <= bottom:
            raise FileNotUnderstoodError(
                path,
                f"the header cells {_cell(top, left)}:{_cell(bottom, right)} are merged",
                "unmerge them and give each column its own name, or name another header_row in its mapping",
            )


def _batches(rows: list[list[Any]], width: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    numbered = (
        (number, row)
        for number, row in enumerate(rows, start=1)
        if any(cell not in ("", None) for cell in row)
    )
    while chunk := list(islice(numbered, BATCH_ROWS)):
        numbers = pa.array([number for number, _ in chunk], pa.int64())
        cells = [pa.array([_as_text(row[at]) for _, row in chunk], pa.string()) for at in range(width)]
        yield good_rows(schema, numbers, cells)


def _as_text(cell: Any) -> str | None:
    """A cell as a person would write it into a CSV: 9 and not 9.0, dates in ISO 8601."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell.total_seconds()) if isinstance(cell, timedelta) else str(cell)


def _cell(row: int, column: int) -> str:
    """The name a spreadsheet gives a cell: row 0, column 27 is AB1."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"

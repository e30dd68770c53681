"""XLSX: the sheets of a workbook to headers and batches of text.

A sheet has at most 1,048,576 rows and is read whole. Cells without a value are looked up in the file itself
(`cells_without_value`), because the workbook reader returns them as empty.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.rows import BATCH_ROWS, Reading, good_rows, repeated_headers, row_schema, unique_headers
from ingestion.files.workbook_cells import cells_without_value

_Rows = list[list[Any]]


def read_xlsx(path: Path, mapping: Mapping) -> Reading:
    """The mapping's sheets, else the first visible one. `FileNotUnderstoodError` also for an empty sheet."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        raise FileNotUnderstoodError(
            path, f"this is not an XLSX file ({error})", "save it again as XLSX"
        ) from error
    names = _names(path, workbook, mapping)
    headers: list[str] = []
    rows: _Rows = []
    first_rows = []
    for name in names:
        found, below = _table(path, workbook, name, mapping.header_row)
        if headers and found != headers:
            raise _other_header(path, names[0], headers, name, found)
        headers = found
        first_rows.append((name, len(rows) + 1))
        rows += below
    if mapping.sheet is None and mapping.sheets is None and not mapping.every_sheet:
        _refuse_others_alike(path, workbook, names[0], headers, mapping.header_row)
    schema = row_schema(len(headers))
    batches = _batches(rows, len(headers), schema)
    return Reading(unique_headers(headers), schema, batches, repeated_headers(headers), tuple(first_rows))


def _names(path: Path, workbook: CalamineWorkbook, mapping: Mapping) -> tuple[str, ...]:
    """The sheets to be read. Hidden ones are read only where the mapping names them."""
    tables = [each.name for each in workbook.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    visible = _visible(workbook)
    named = mapping.sheets or ((mapping.sheet,) if mapping.sheet is not None else ())
    unknown = [name for name in named if name not in tables]
    if unknown:
        missing = " and ".join(f'no sheet "{name}"' for name in unknown)
        raise FileNotUnderstoodError(
            path,
            f"there is {missing} (it has {', '.join(tables)})",
            f"correct `{'sheets' if mapping.sheets else 'sheet'}` in its mapping",
        )
    if not named and not visible:
        raise FileNotUnderstoodError(
            path, "all its sheets are hidden", 'name one in its mapping, such as sheet = "Answers"'
        )
    return named or (visible if mapping.every_sheet else visible[:1])


def _table(path: Path, workbook: CalamineWorkbook, name: str, header_row: int) -> tuple[list[str], _Rows]:
    """The headers of a sheet and the rows below them."""
    sheet = workbook.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    at = header_row - 1
    found = [(_as_text(cell) or "").strip() for cell in rows[at]] if at < len(rows) else []
    if not any(found):
        raise FileNotUnderstoodError(
            path,
            f'the sheet "{name}" has no header in row {header_row}',
            "name the row that holds the headers in its mapping, such as header_row = 3, or remove the file; "
            "where another sheet is meant, name it (sheet, sheets)",
        )
    _refuse_merged_header(path, sheet, header_row)
    for row, column, text in cells_without_value(path, name):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    below = rows[at + 1 :]
    while found and not found[-1] and not any(row[len(found) - 1] not in ("", None) for row in below):
        found.pop()
    return found, below


def _refuse_others_alike(
    path: Path, workbook: CalamineWorkbook, name: str, headers: list[str], header_row: int
) -> None:
    """Raises where another visible sheet has the same header, and rows: a year as twelve sheets."""
    alike = [name]
    for other in (each for each in _visible(workbook) if each != name):
        sheet = workbook.get_sheet_by_name(other)
        if sheet.end is not None and sheet.end[0] >= header_row:
            row = sheet.to_python(skip_empty_area=False, nrows=header_row)[-1]
            if [(_as_text(cell) or "").strip() for cell in row][: len(headers)] == headers:
                alike.append(other)
    if len(alike) > 1:
        listed = ", ".join(f'"{each}"' for each in alike)
        raise FileNotUnderstoodError(
            path,
            f"the sheets {listed} have the same header, and the mapping does not say which to read",
            f'write sheets = [{listed}] in its mapping (or sheets = "all"), or sheet = "{name}" for one',
        )


def _visible(workbook: CalamineWorkbook) -> tuple[str, ...]:
    """The sheets of cells that a person sees."""
    return tuple(
        each.name
        for each in workbook.sheets_metadata
        if each.typ is SheetTypeEnum.WorkSheet and each.visible is SheetVisibleEnum.Visible
    )


def _other_header(
    path: Path, first: str, headers: list[str], name: str, found: list[str]
) -> FileNotUnderstoodError:
    differing = next(
        at for at in range(max(len(headers), len(found))) if headers[at : at + 1] != found[at : at + 1]
    )
    theirs, ours = (" ".join(each[differing : differing + 1]) for each in (found, headers))
    return FileNotUnderstoodError(
        path,
        f'the sheet "{name}" has another header than "{first}": "{theirs}" and not "{ours}" '
        f"as column {differing + 1}",
        "give the sheets the same columns in the same order, or name those that have them, "
        'such as sheets = ["Q1", "Q2"]',
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

"""Finds the sheets of a workbook that hold the answers, and their first rows. Hidden ones are never read."""

from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from ingestion.files.errors import FileNotUnderstoodError
from look.findings import Findings
from look.form import Row

_TOP = 30


def find_sheets(path: Path, said: str | None, findings: Findings) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The given visible sheet, else the one with the most rows and all others with the same header."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        raise FileNotUnderstoodError(
            path, f"this is not an XLSX file ({error})", "save it again as XLSX"
        ) from error
    visible = [one.name for one in workbook.sheets_metadata if one.visible is SheetVisibleEnum.Visible]
    sheets = {name: workbook.get_sheet_by_name(name) for name in visible if said in (None, name)}
    if not sheets:
        remedy = f"name one of {', '.join(visible)}"
        raise FileNotUnderstoodError(path, f'there is no visible sheet "{said}"', remedy)
    tops = {name: _top(sheet.to_python(skip_empty_area=False, nrows=_TOP)) for name, sheet in sheets.items()}
    chosen = max(sheets, key=lambda name: sheets[name].total_height)
    header = max(tops[chosen], key=_filled, default=None)
    alike = tuple(name for name in sheets if name == chosen or (header and header in tops[name]))
    others = [name for name in visible if name not in alike]
    if said is not None:
        findings.sure("sheet", f'"{chosen}", as given')
    elif len(alike) > 1:
        findings.sure("sheet", f"{', '.join(alike)}: they have the same header")
    if said is None and others:
        text = f"{', '.join(alike)} and not {', '.join(others[:4])}"
        findings.unsure("sheet", text, "use --sheet NAME")
    return alike, tops[chosen]


def _top(rows: list[list[Any]]) -> tuple[Row, ...]:
    return tuple(
        Row(number, tuple("" if cell is None else str(cell) for cell in cells))
        for number, cells in enumerate(rows, start=1)
        if any(cell not in ("", None) for cell in cells)
    )


def _filled(row: Row) -> int:
    """The number of filled cells; the header is the first of the widest rows."""
    return sum(cell != "" for cell in row.cells)

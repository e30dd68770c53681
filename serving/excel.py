"""A workbook: the figures as a formatted table, and beside them what they mean.

Numbers are written with all their digits; only the display rounds. Text is never a formula.

Belongs here: sheets and their formats. Does not belong here: which figures (`chosen`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from serving.chosen import Chosen
from serving.errors import ExportError

_LONGEST = 32_767
_MOST_ROWS = 1_048_576 - 1
# What XML cannot hold, a line break that XML would change, and text that looks like either of their forms.
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f]|_x(?=[0-9A-Fa-f]{4}_)")
_HEADING = Font(bold=True, color="FFFFFF")
_GROUND = PatternFill("solid", fgColor="1F4E5F")
_WIDEST = 60
_DAY = "yyyy-mm-dd"


def write(chosen: Chosen, to: Path) -> None:
    """Write the workbook. Raises ExportError for what Excel cannot hold, OSError."""
    if chosen.figures.num_rows > _MOST_ROWS:
        raise ExportError(
            f"a sheet holds {_MOST_ROWS:,} rows and these are {chosen.figures.num_rows:,}:"
            " choose fewer periods with --last, or --form csv"
        )
    book = Workbook(write_only=True)
    formats = {field.name: _format(field) for field in chosen.figures.schema}
    _sheet(book, "Figures", chosen.figures.column_names, _rows(chosen.figures), formats)
    _sheet(
        book,
        "Definitions",
        chosen.definitions.column_names,
        _rows(chosen.definitions),
        {field.name: _format(field) for field in chosen.definitions.schema},
    )
    _sheet(book, "Columns", ["column", "meaning"], chosen.descriptions.items(), {})
    about = {**chosen.stand, "as_of": chosen.manifest.as_of, "figures": str(chosen.question)}
    about["definition_version"] = chosen.versions
    about["empty cells"] = "figures of too few answers: not published"
    _sheet(book, "About", ["what", "value"], about.items(), {})
    book.properties.title = "NPS, as published"
    book.properties.description = "\n".join(chosen.lines)
    book.save(to)


def _rows(table: pa.Table) -> Iterator[Sequence[Any]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _format(field: pa.Field[Any]) -> str:
    """How a column's numbers are shown."""
    if pa.types.is_date(field.type):
        return _DAY
    if pa.types.is_integer(field.type):
        return "#,##0"
    if not pa.types.is_floating(field.type):
        return "General"
    if field.name.endswith(("_rate", "_coverage", "_share")):
        return "0.0%"
    return "0.000" if field.name.endswith(("_value", "_z")) else "0.0"


def _sheet(
    book: Workbook,
    title: str,
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    formats: Mapping[str, str],
) -> None:
    sheet = book.create_sheet(title)
    rows = list(rows)
    for number, name in enumerate(names, start=1):
        longest = max(len(name), *(len(str(row[number - 1])) for row in rows[:200]), 0)
        is_number = formats.get(name, "General") not in ("General", _DAY)
        sheet.column_dimensions[get_column_letter(number)].width = (
            max(10, len(name) + 3) if is_number else min(longest + 3, _WIDEST)
        )
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(rows) + 1}"
    sheet.append([_heading(sheet, name) for name in names])
    for row in rows:
        sheet.append(
            [cell(sheet, value, formats.get(name, "General")) for name, value in zip(names, row, strict=True)]
        )


def _heading(sheet: Any, name: str) -> Cell:
    made = cell(sheet, name, "General")
    made.font, made.fill, made.alignment = _HEADING, _GROUND, Alignment(vertical="top")
    return made


def cell(sheet: Any, value: Any, shown: str) -> Cell:
    """A cell that holds exactly this value: every digit of a number, and text that is never a formula."""
    if isinstance(value, str):
        text = _ESCAPED.sub(lambda found: f"_x{ord(found[0][0]):04X}_" + found[0][1:], value)
        if len(text) > _LONGEST:
            raise ExportError(
                f"a cell of Excel holds {_LONGEST:,} characters, and this text is longer: {text[:40]}…"
            )
        made = WriteOnlyCell(sheet, text)
        # openpyxl would make a formula of a text that begins with "="; Excel would when somebody edits it.
        made.data_type, made.quotePrefix = "s", True
    elif isinstance(value, float):
        # openpyxl writes 16 digits of a float, and a double may need 17.
        made = WriteOnlyCell(sheet, repr(value))
        made.data_type = "n"
    else:
        made = WriteOnlyCell(sheet, value)
    made.number_format = _DAY if isinstance(value, date) else shown
    return made

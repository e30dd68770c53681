"""SQL for what a row has under a header, and for ids that are made of several.

Says where a value is and what it is made of; whether it is of the right type is for `casting` to say.
"""

from pathlib import Path

from ingestion.files import ids
from ingestion.files.mapping import FILE_STEM, ROW_NUMBER, SHEET_NAME, WORDS, Mapping, file_stem
from ingestion.files.rows import CELL_ERRORS, UNCALCULATED, Reading
from ingestion.files.sql import literal
from ingestion.files.tables import FileTable
from ingestion.tables import Column, Reason


def headers(table: FileTable, mapping: Mapping) -> list[str]:
    """The headers that the table's columns are read from."""
    parts = [part for column in table.columns for part in mapping.parts(column.name)]
    return [part for part in dict.fromkeys(parts) if part not in WORDS]


def cell(header: str, reading: Reading, mapping: Mapping, table: FileTable) -> str:
    """Where the row has the cell under a header."""
    if reading.headers is None:
        return f"cells[{headers(table, mapping).index(header) + 1}]"
    return f"c{reading.headers.index(header)}"


def id_cell(header: str, reading: Reading, mapping: Mapping, table: FileTable) -> str:
    """The id under a header, without the fraction that a tool gave it."""
    found = cell(header, reading, mapping, table)
    return ids.whole(ids.in_json("payload", header, found) if reading.headers is None else found)


def composed(column: Column, reading: Reading, mapping: Mapping, table: FileTable, path: Path) -> str:
    """An id made of several parts: null where one of them is missing."""
    written = {
        FILE_STEM: literal(file_stem(path.name)),
        SHEET_NAME: _sheet_name(reading),
        ROW_NUMBER: "row_number::varchar",
    }
    parts = []
    for part in mapping.composed[column.name]:
        if part in WORDS:
            parts.append(written[part])
        else:
            found = cell(part, reading, mapping, table)
            part_id = id_cell(part, reading, mapping, table)
            parts.append(unless_null(found, f"nullif(trim({part_id}), '')", mapping.null_tokens))
    return " || ':' || ".join(f"({part})" for part in parts)


def _sheet_name(reading: Reading) -> str:
    """The name of the row's sheet, by the number that its rows begin with."""
    if not reading.sheets:
        return "null::varchar"
    later = "".join(
        f"when row_number >= {first} then {literal(name)} " for name, first in reversed(reading.sheets)
    )
    return f"case {later}end"


def unless_null(cell: str, value: str, tokens: tuple[str, ...]) -> str:
    """The value, or null where the cell is a text that stands for none."""
    # Comparisons rather than a list, which the engine would join with; and text is kept as it came.
    is_null = " or ".join(f"trim({cell}) = {literal(token.strip())}" for token in tokens)
    return f"case when {is_null} then null else {value} end" if is_null else value


def error_cell(cell: str, name: str) -> tuple[str, str, str]:
    """The problem of a row of a workbook whose cell holds an error in place of a value."""
    errors = ", ".join(map(literal, (*CELL_ERRORS, UNCALCULATED)))
    without = literal(f"{name}: the formula has no stored value; open, calculate and save the workbook")
    holds, remedy = literal(f"{name}: the cell holds the error "), literal("; correct it in the workbook")
    sentence = f"if({cell} = {literal(UNCALCULATED)}, {without}, {holds} || {cell} || {remedy})"
    return f"{cell} in ({errors})", Reason.ERROR_CELL, sentence


def pointer(key: str) -> str:
    """The JSON pointer to a member of the row's object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")

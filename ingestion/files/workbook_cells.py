"""The cells of a workbook's sheet that have no value: they hold an error, or a formula never calculated.

Searches the sheet's XML again, in pieces and by regular expressions: a tree of a large sheet would not fit
into memory, and only matches are handled in Python.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from ingestion.files.rows import UNCALCULATED

_CHUNK = 4 << 20
_TAIL = 1 << 16
# Writers name elements with or without a prefix, and some leave out the places of rows and cells.
_OPEN, _CLOSE = rb"<(?:\w+:)?", rb"</(?:\w+:)?"
_ROW = re.compile(_OPEN + rb"row\b[^>]*>")
_ROW_END = re.compile(_CLOSE + rb"row>")
_CELL = re.compile(_OPEN + rb"c\b[^>]*>")
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_TEXT = re.compile(rb"\bt=[\"']str[\"']")
# Begins with a letter to be searched for fast.
_FORMULA = rb"f(?<=[<:]f)\b(?:[^>]*/>|[^>]*>[^<]*" + _CLOSE + rb"f>)\s*"
_EMPTY = rb"(?:" + _OPEN + rb"v\s*/>|" + _OPEN + rb"v>\s*" + _CLOSE + rb"v>)?\s*"
_NO_VALUE = re.compile(_FORMULA + _EMPTY + _CLOSE + rb"c>")
_VALUE = re.compile(rb"\s*(?:" + _OPEN + _FORMULA + rb")?" + _OPEN + rb"v\b[^>]*>([^<]+)<")
_PLACE = re.compile(rb"\br=[\"']([A-Z]*)([0-9]+)[\"']")


def cells_without_value(path: Path, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row and column (from 0) of each such cell, and its error or `UNCALCULATED`."""
    with zipfile.ZipFile(path) as archive:
        rows_before = 0
        for rows in _whole_rows(archive, _member(archive, sheet)):
            has_errors = b'"e"' in rows or b"'e'" in rows
            for kind in _ERROR.finditer(rows) if has_errors else ():
                cell = _cell_before(rows, kind.start())
                if cell is not None and cell.end() > kind.end():
                    value = _VALUE.match(rows, cell.end())
                    yield *_place(rows, cell, rows_before), value[1].decode() if value else UNCALCULATED
            for formula in _NO_VALUE.finditer(rows):
                cell = _cell_before(rows, rows.rfind(b"<", 0, formula.start()))
                # A formula whose value is an empty text says so by its type; errors are found above.
                if cell is not None and not (_TEXT.search(cell[0]) or _ERROR.search(cell[0])):
                    yield *_place(rows, cell, rows_before), UNCALCULATED
            rows_before = _row(_last_rows(rows), rows_before) + 1


def _cell_before(rows: bytes, place: int) -> re.Match[bytes] | None:
    """The tag that opens a cell, where it is the last tag that begins before this place."""
    return _CELL.match(rows, max(0, rows.rfind(b"<", 0, place)))


def _place(rows: bytes, cell: re.Match[bytes], rows_before: int) -> tuple[int, int]:
    """Row and column as the cell names them; else by counting."""
    if (named := _PLACE.search(cell[0])) is not None:
        return int(named[2]) - 1, _column(named[1])
    earlier = list(_ROW.finditer(rows, 0, cell.start()))
    cells_before = sum(1 for _ in _CELL.finditer(rows, earlier[-1].end(), cell.start()))
    return _row(earlier, rows_before), cells_before


def _last_rows(rows: bytes) -> list[re.Match[bytes]]:
    """The tags of the last rows up to one that says its number, or of all."""
    tags = list(_ROW.finditer(rows, max(0, len(rows) - _TAIL)))
    return tags if any(_PLACE.search(tag[0]) for tag in tags) else list(_ROW.finditer(rows))


def _row(tags: list[re.Match[bytes]], rows_before: int) -> int:
    """The number of the last of these rows: one follows the other where they do not say it."""
    for after, tag in enumerate(reversed(tags)):
        if (named := _PLACE.search(tag[0])) is not None:
            return int(named[2]) - 1 + after
    return rows_before + len(tags) - 1


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1


def _whole_rows(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The sheet's XML in pieces that end with a row."""
    with archive.open(member) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            if (close := _ROW_END.search(data)) is None:
                rest = data
                continue
            end = data.rfind(close[0]) + len(close[0])
            yield data[:end]
            rest = data[end:]
        yield rest


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file of a sheet in the archive."""
    members = {name.lower(): name for name in archive.namelist()}
    book = ElementTree.fromstring(archive.read(members["xl/workbook.xml"]))
    relations = ElementTree.fromstring(archive.read(members["xl/_rels/workbook.xml.rels"]))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    [relation] = [
        value
        for each in book.iter()
        if each.tag.endswith("}sheet") and each.get("name") == sheet
        for name, value in each.items()
        if name.endswith("}id")
    ]
    target = targets[relation]
    path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return members[path.lower()]

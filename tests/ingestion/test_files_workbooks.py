"""Workbooks and JSON documents: which sheets are read, and what a cell holds that has no value."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingestion.files import workbook_cells
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.workbook_cells import cells_without_value
from tests.ingestion.one_file import load

_HEADER = ["response_id", "score", "responded_at"]
_ROW = ["R1", 9, "2025-01-01"]


def workbook(sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook; a text that begins with # is an error, with = a formula that was never calculated."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(row)
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if str(cell.value).startswith("#"):
                cell.data_type = "e"
    book.active = next((at for at, name in enumerate(sheets) if name not in hidden), 0)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rewritten(book: bytes, member: str, pattern: bytes, by: bytes) -> bytes:
    """A workbook with something replaced in one of its files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, re.sub(pattern, by, content, count=1) if name == member else content)
    return buffer.getvalue()


_SHEETS: dict[str, list[list[Any]]] = {
    "Old": [_HEADER, ["R0", 0, "2024-01-01"]],
    "Q1": [_HEADER, _ROW, ["R2", 2, "2025-01-01"]],
    "Notes": [["read me"]],
}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("", ["R1", "R2"]),
        ('sheet = "Old"', ["R0"]),
        ('sheets = ["Old", "Q1"]', ["R0", "R1", "R2"]),
        (
            'sheets = ["Q1", "Old"]\n[columns]\nresponse_id = ["@sheet", "response_id"]',
            ["Q1:R1", "Q1:R2", "Old:R0"],
        ),
        ('sheets = ["Q1", "Old"]\n[columns]\nresponse_id = "@row"', ["a.xlsx-1", "a.xlsx-2", "a.xlsx-3"]),
    ],
)
def test_a_hidden_sheet_is_read_only_where_it_is_named(
    tmp_path: Path, mapping: str, expected: list[str]
) -> None:
    rows, rejects = load(tmp_path, workbook(_SHEETS, hidden=("Old",)), mapping, "a.xlsx")
    assert rejects == []
    assert [row["response_id"] for row in rows] == expected


def test_all_sheets_are_the_visible_ones(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {**_SHEETS, "Notes": [_HEADER, ["R3", 3, "2025-01-01"]]}
    rows, _ = load(tmp_path, workbook(sheets, hidden=("Old",)), 'sheets = "all"', "a.xlsx")
    assert [row["response_id"] for row in rows] == ["R1", "R2", "R3"]
    with pytest.raises(
        FileNotUnderstoodError, match=r'sheets "Q1", "Notes" have the same header.*sheets = \["Q1", "Notes"\]'
    ):
        load(tmp_path, workbook(sheets, hidden=("Old",)), "header_row = 1", "a.xlsx")


@pytest.mark.parametrize(
    ("sheets", "hidden", "mapping", "message"),
    [
        (
            _SHEETS,
            ("Old",),
            'sheets = "all"',
            'sheet "Notes" has another header than "Q1": "read me" and not "response_id"',
        ),
        (
            _SHEETS,
            (),
            'sheets = ["Q1", "Q7", "Q8"]',
            r'no sheet "Q7" and no sheet "Q8" \(it has Old, Q1, Notes\)',
        ),
        (
            {"A": [_HEADER, _ROW], "B": [[*_HEADER, "x"], [*_ROW, 1]]},
            (),
            'sheets = ["A", "B"]',
            '"x" and not "" as column 4',
        ),
    ],
)
def test_sheets_that_are_refused(
    tmp_path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...], mapping: str, message: str
) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message):
        load(tmp_path, workbook(sheets, hidden), mapping, "a.xlsx")


def test_a_workbook_of_hidden_sheets_is_refused(tmp_path: Path) -> None:
    book = rewritten(workbook({"A": [_HEADER]}), "xl/workbook.xml", b'state="visible"', b'state="veryHidden"')
    with pytest.raises(FileNotUnderstoodError, match="all its sheets are hidden; name one"):
        load(tmp_path, book, name="a.xlsx")


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("#N/A", 'column "score": the cell holds the error #N/A; correct it in the workbook'),
        ("#DIV/0!", 'column "score": the cell holds the error #DIV/0!; correct it in the workbook'),
        ("=1+1", 'column "score": the formula has no stored value; open, calculate and save the workbook'),
    ],
)
def test_a_cell_without_a_value_is_no_unanswered_question(tmp_path: Path, value: str, detail: str) -> None:
    rows, [reject] = load(
        tmp_path, workbook({"A": [_HEADER, _ROW, ["R2", value, "2025-01-01"]]}), name="a.xlsx"
    )
    assert [row["response_id"] for row in rows] == ["R1"]
    assert (reject["reason"], reject["detail"], reject["position"]) == ("error_cell", detail, 2)


def test_an_error_in_a_text_or_in_the_column_that_chooses_rows_is_one_too(tmp_path: Path) -> None:
    header = [*_HEADER, "branch_id", "Status", "other"]
    rows = [
        [*_ROW, "B1", "ok", "#REF!"],
        [*_ROW, "#N/A", "ok", 1],
        [*_ROW, "B1", "=X1", 1],
        [*_ROW, "B1", "no", 1],
    ]
    [row], rejects = load(tmp_path, workbook({"A": [header, *rows]}), '[rows]\nStatus = ["ok"]', "a.xlsx")
    assert row["position"] == 1
    assert [(reject["reason"], reject["position"]) for reject in rejects] == [
        ("error_cell", 2),
        ("error_cell", 3),
    ]


_XML = b"""<x:sheetData>
<x:row><x:c><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row>
<x:row r='5'>
<x:c r='A5' t='str'><x:f>""</x:f><x:v></x:v></x:c>
<x:c r='AB5' t='e'><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c>
<x:c r="C5"><x:f t="shared" si="0"/></x:c>
<x:c r="D5"><x:f>1+1</x:f><x:v>2</x:v></x:c>
</x:row>
<x:row><x:c/><x:c><x:f>B1</x:f></x:c></x:row>
</x:sheetData>"""


@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_cells_without_value_are_found_however_the_sheet_is_written(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_cells, "_CHUNK", chunk)
    path = tmp_path / "a.xlsx"
    path.write_bytes(rewritten(workbook({"A & B": [_HEADER]}), "xl/worksheets/sheet1.xml", b"(?s).+", _XML))
    assert sorted(cells_without_value(path, "A & B")) == [
        (0, 1, "#N/A"),
        (4, 2, "#UNCALCULATED!"),
        (4, 27, "#DIV/0!"),
        (5, 1, "#UNCALCULATED!"),
    ]


_RECORD = '{"response_id": "R1", "score": 9, "responded_at": "2025-01-01"}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            f"[{_RECORD}, {_RECORD}]",
            r"this is a JSON array, not one object per line; convert it: jq -c '.\[\]' a.jsonl",
        ),
        (f"\n[\n{_RECORD},\n{_RECORD}\n]", "this is a JSON array"),
        ("[]", "this is a JSON array"),
        (
            f'{{"total": 2, "answers": [{_RECORD}, {_RECORD}]}}',
            r'whose "answers" holds the rows.*jq -c \'.answers\[\]\'',
        ),
        (_RECORD.replace("{", "{\n"), "this is JSON over several lines.*jq -c '.' a.jsonl"),
    ],
)
def test_one_json_document_is_no_file_of_lines(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message):
        load(tmp_path, content, name="a.jsonl")


def test_a_record_may_hold_a_list_of_objects(tmp_path: Path) -> None:
    record = _RECORD.replace("{", '{"tags": [{"a": 1}, {"a": 2}], ')
    for lines in (record, f"{record}\n{record}"):
        [*_, row], rejects = load(tmp_path, lines, name="a.jsonl")
        assert (row["score"], rejects) == (9, [])

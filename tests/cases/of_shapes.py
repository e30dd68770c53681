"""Cases of a file's shape: quotation marks, sheets, ids, and what a mapping may say of rows and columns."""

import io
from pathlib import Path
from typing import Any

import openpyxl

from ingestion.files.errors import FileNotUnderstoodError
from tests.cases.case import Case, Section
from tests.ingestion.one_file import HEADER, load

_TSV = "response_id\tscore\tresponded_at\tcomment\n"
_STRAY = (
    f'{_TSV}R1\t10\t2025-01-01\t"Great\nR2\t2\t2025-01-01\tbad\n'
    'R3\t1\t2025-01-01\tworse\nR4\t9\t2025-01-01\t"Nice\n'
)


def _said(folder: Path, content: bytes | str, mapping: str = "", name: str = "answers.csv") -> str:
    """What came of one file: its answers and quarantine rows, or the message that refuses it."""
    try:
        rows, rejects = load(folder, content, mapping, name)
    except FileNotUnderstoodError as refused:
        return f"refused: {str(refused).replace(str(folder) + '/', '').removeprefix('files: ')}"
    answers = [
        f"{row['record_id']} {'unanswered' if row['score'] is None else int(row['score'])}" for row in rows
    ]
    quarantined = [f"row {reject['position']} {reject['reason']}" for reject in rejects]
    return ", ".join(answers) + (f"; quarantine: {', '.join(quarantined)}" if quarantined else "")


def _workbook(hidden: str, **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
        for row in [["response_id", "score", "responded_at"], *rows]:
            sheet.append(row)
        for cell in sheet["B"]:
            cell.data_type = "e" if cell.value == "#N/A" else cell.data_type
    book.active = len(sheets) - 1
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _stray(folder: Path) -> str:
    return _said(folder, _STRAY, name="answers.tsv")


def _denied(folder: Path) -> str:
    return _said(folder, _STRAY, "quotes = false", "answers.tsv")


def _closed_by_chance(folder: Path) -> str:
    rows = 'R1\t10\t2025-01-01\t"Great\nR2\t2\t2025-01-01\tbad\nR3\t1\t2025-01-01\tNice"\n'
    return _said(folder, _TSV + rows, name="answers.tsv")


def _hidden(folder: Path) -> str:
    book = _workbook("Old", Old=[["R0", 0, "2020-01-01"]], New=[["R1", 10, "2025-01-01"]])
    return _said(folder, book, name="answers.xlsx")


def _months(folder: Path) -> str:
    book = _workbook("", Jan=[["R1", 10, "2025-01-01"]], Feb=[["R2", 9, "2025-02-01"]])
    return _said(folder, book, 'sheets = "all"', name="answers.xlsx")


def _unsaid_months(folder: Path) -> str:
    book = _workbook("", Jan=[["R1", 10, "2025-01-01"]], Feb=[["R2", 9, "2025-02-01"]])
    return _said(folder, book, name="answers.xlsx")


def _errors(folder: Path) -> str:
    book = _workbook(
        "", A=[["R1", 10, "2025-01-01"], ["R2", "#N/A", "2025-01-01"], ["R3", "=1+1", "2025-01-01"]]
    )
    return _said(folder, book, name="answers.xlsx")


def _constant_id(folder: Path) -> str:
    return _said(folder, "score,responded_at\n9,2025-01-01\n", '[defaults]\nresponse_id = "spring"')


def _missing_id(folder: Path) -> str:
    return _said(folder, "score,responded_at\n9,2025-01-01\n")


def _claimed(folder: Path) -> str:
    mapping = '[columns]\nresponse_id = "survey_id"\nresponded_at = "date"'
    return _said(folder, "survey_id,score,date\nN1,9,2025-01-01\n", mapping)


def _large(folder: Path) -> str:
    return _said(
        folder, f'{HEADER.strip()},comment\nR1,9,2025-01-01,"{"a word " * 400_000}"\nR2,3,2025-01-01,\n'
    )


def _array(folder: Path) -> str:
    record = '{"response_id": "R1", "score": 9, "responded_at": "2025-01-01"}'
    return _said(folder, f"[{record},\n{record}]", name="answers.jsonl")


def _missing(folder: Path) -> str:
    return _said(folder, "nr,date\n1,2025-01-01\n", '[columns]\ncomment = "remark"\nchannel = "way"')


def _filtered(folder: Path) -> str:
    rows = "R1,9,2025-01-01,NPS\nR2,4,2025-01-01,csat\nR3,8,2025-01-01,nps\n"
    return _said(folder, f"{HEADER.strip()},Survey\n{rows}", '[rows]\nSurvey = ["nps"]')


def _wide(folder: Path) -> str:
    mapping = '[columns]\nresponse_id = "id"\nresponded_at = "date"\n[questions]\ny15 = "s15"\ny16 = "s16"'
    return _said(folder, "id,date,s15,s16\nA1,2025-01-01,9,2\nA2,2025-01-01,,10\n", mapping)


def _composed(folder: Path) -> str:
    mapping = '[columns]\nresponse_id = ["store", "ticket"]\nbranch_id = "store"'
    return _said(folder, "store,ticket,score,responded_at\nN,1,9,2025-01-01\nS,1,3,2025-01-01\n", mapping)


CASES = [
    Case(
        Section.READING,
        "a stray quotation mark",
        'TSV: R1 10 `"Great`, R2 2 `bad`, R3 1 `worse`, R4 9 `"Nice`',
        "4 answers, or the four in quarantine",
        "R1 alone; quarantine empty",
        'refused: answers.tsv: row 1: the cell that begins with "Great is followed by more text '
        "after its closing "
        'quotation mark; double a mark that is part of a text (""), or write quotes = false in the '
        "mapping if "
        "quotation marks are ordinary characters",
        _stray,
    ),
    Case(
        Section.READING,
        "stray quotation marks in a file without quoting",
        "the same file under `quotes = false`",
        "4 answers",
        "R1 alone; quarantine empty",
        "relationship:R1:nps 10, relationship:R2:nps 2, relationship:R3:nps 1, relationship:R4:nps 9",
        _denied,
    ),
    Case(
        Section.READING,
        "a stray quotation mark that another one closes",
        'TSV: R1 10 `"Great`, R2 2 `bad`, R3 1 `Nice"`',
        "3 answers, or refused",
        "R1 alone; quarantine empty",
        'refused: answers.tsv: row 1: the cell that begins with "Great takes in lines that look like '
        "rows of their "
        'own (R2 2 2025-01-01 bad); double a mark that is part of a text (""), or write quotes = '
        "false in the "
        "mapping if quotation marks are ordinary characters, or quotes = true if the cell "
        "really holds these "
        "lines",
        _closed_by_chance,
    ),
    Case(
        Section.READING,
        "the first sheet is hidden",
        "XLSX, a hidden sheet with R0 before the visible one with R1",
        "the visible one, or refused",
        "the hidden one",
        "relationship:R1:nps 10",
        _hidden,
    ),
    Case(
        Section.READING,
        "a month on each sheet",
        'XLSX, sheets Jan and Feb with the same header, `sheets = "all"`',
        "both",
        "Jan alone; one copy for each sheet was needed",
        "relationship:R1:nps 10, relationship:R2:nps 9",
        _months,
    ),
    Case(
        Section.READING,
        "a month on each sheet, and no mapping",
        "XLSX, sheets Jan and Feb with the same header",
        "both, or refused",
        "Jan alone, no message",
        'refused: answers.xlsx: the sheets "Jan", "Feb" have the same header, and the mapping does '
        "not say which to read; "
        'write sheets = ["Jan", "Feb"] in its mapping (or sheets = "all"), or sheet = "Jan" for one',
        _unsaid_months,
    ),
    Case(
        Section.READING,
        "cells that hold an error",
        "XLSX: R1 10, R2 `#N/A`, R3 a formula without a stored value",
        "R2 and R3 in quarantine",
        "`unanswered`",
        "relationship:R1:nps 10; quarantine: row 2 error_cell, row 3 error_cell",
        _errors,
    ),
    Case(
        Section.READING,
        "a constant id",
        '`[defaults] response_id = "spring"`',
        "refused, naming `@row`",
        "3 rows became 1, and identical rows were in no disposition",
        "refused: mapping.toml: [defaults] gives all rows the same response_id, so they would "
        "all be one record; "
        'name its column under [columns], or write response_id = "@row" there',
        _constant_id,
    ),
    Case(
        Section.UNCLEAR,
        "a file without ids",
        "header `score,responded_at`",
        "refused, naming `@row` and no constant",
        "refused, proposing a constant",
        'refused: answers.csv: the required column "response_id" is missing (it has score, '
        "responded_at); name the "
        'column for response_id under [columns] in mapping.toml; response_id = "@row" makes an id of '
        "file name and "
        "row number",
        _missing_id,
    ),
    Case(
        Section.READING,
        "a column mapped elsewhere, still claimed by its own name",
        'header `survey_id,score,date`, `response_id = "survey_id"`',
        "survey `relationship`, counted",
        "survey N1, `unregistered_question`; `[defaults]` silently ignored",
        "relationship:N1:nps 9",
        _claimed,
    ),
    Case(
        Section.READING,
        "a mixed export",
        'R1 NPS, R2 csat, R3 nps, `[rows] Survey = ["nps"]`',
        "R1 and R3; R2 left out and counted",
        "a mapping could not express it",
        "relationship:R1:nps 9, relationship:R3:nps 8",
        _filtered,
    ),
    Case(
        Section.READING,
        "a score in each of several columns",
        'A1 9 and 2, A2 none and 10, `[questions] y15 = "s15"`, `y16 = "s16"`',
        "4 answers",
        "one copy of the file for each column was needed",
        "relationship:A1:y15 9, relationship:A1:y16 2, relationship:A2:y15 unanswered, "
        "relationship:A2:y16 10",
        _wide,
    ),
    Case(
        Section.READING,
        "an id of two columns",
        'stores N and S, each with ticket 1, `response_id = ["store", "ticket"]`',
        "2 answers",
        "a mapping could not express it",
        "relationship:N:1:nps 9, relationship:S:1:nps 3",
        _composed,
    ),
    Case(
        Section.UNCLEAR,
        "a cell above 1 MB",
        "a comment of 2.8 MB in R1, then R2",
        "read, or a refusal that says so",
        'refused: "a quotation mark that is never closed"',
        "relationship:R1:nps 9, relationship:R2:nps 3",
        _large,
    ),
    Case(
        Section.UNCLEAR,
        "a JSON array in `.jsonl`",
        "two records in `[…]`",
        "refused, with the remedy",
        "one quarantine row for many answers",
        "refused: answers.jsonl: this is a JSON array, not one object per line; convert it: jq -c "
        "'.[]' answers.jsonl",
        _array,
    ),
    Case(
        Section.UNCLEAR,
        "several columns are missing",
        'header `nr,date`, `comment = "remark"`, `channel = "way"`',
        "all in one message",
        "one missing column per run",
        'refused: answers.csv: there is no column "remark", which mapping.toml maps to comment, nor '
        '"way", which '
        'mapping.toml maps to channel; the required columns "response_id", "score", "responded_at" '
        "are missing (it "
        "has nr, date); correct mapping.toml; name the column for response_id, score, responded_at "
        "under [columns] "
        "in mapping.toml, or a constant for score, responded_at under [defaults]; response_id = "
        '"@row" makes an id '
        "of file name and row number",
        _missing,
    ),
]

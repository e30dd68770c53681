"""Finds what identifies an answer: a column with distinct values, else the row's number in its file."""

import re
from collections import Counter
from collections.abc import Sequence

from look.columns import Column, Contents
from look.findings import Findings, Known
from look.vocabulary import ROLES, place

ROW = "@row"
FILE = "@file"
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_EXCEPTIONS = 0.02


def find_id(contents: Contents, known: Known, findings: Findings) -> str | list[str]:
    """The mapping's `response_id`: the known column or one with such a name, if it identifies answers; else
    two columns together; else the row's number."""
    columns, rows = contents.columns, contents.rows
    by_header = {column.header: column for column in columns}
    if known.header == ROW:
        findings.sure("id", "the row's number, as given")
        return ROW
    candidates = [by_header[known.header]] if known.header in by_header else _named(columns)
    for column in candidates:
        problem, remedy = _unfit(column, rows)
        if problem:
            findings.unsure("id", f'"{column.shown}" {problem}', remedy)
            continue
        if _restarts(column.values):
            findings.unsure(
                "id",
                f'"{column.shown}" counts from 1, and the next file may too: the id includes the file name',
                f'if it continues through all files, write response_id = "{column.header}"',
            )
            return [FILE, column.header]
        repeated = column.filled - len(column.values)
        if repeated:
            findings.unsure("id", f'"{column.shown}": {repeated:,} rows repeat an id; the later row counts')
        else:
            findings.sure("id", f'"{column.shown}": filled and unique in all {rows:,} rows')
        return column.header
    if pair := _pair(contents, candidates):
        shown = " and ".join(f'"{column.shown}"' for column in pair)
        findings.unsure("id", f"{shown} together are unique in all {rows:,} rows, neither is alone")
        return [column.header for column in pair]
    text = "no column identifies an answer, so the row's number is its id"
    findings.unsure("id", text, "do not insert rows into the file later")
    return ROW


def _unfit(column: Column, rows: int) -> tuple[str, str]:
    """Why a column cannot identify answers, and the remedy; empty if it can."""
    if rounded := next((value for value in column.values if _ROUNDED.fullmatch(value)), None):
        return f"was rounded by a spreadsheet ({rounded}), so it is not an id", "export it as text"
    if rows - column.filled > _EXCEPTIONS * rows:
        return f"is empty in {rows - column.filled:,} of {rows:,} rows, so it is not used", ""
    repeated = column.filled - len(column.values)
    if repeated > _EXCEPTIONS * rows:
        return f"is not unique: {repeated:,} of {rows:,} rows repeat a value", ""
    return "", ""


def _pair(contents: Contents, candidates: Sequence[Column]) -> tuple[Column, Column] | None:
    """Two columns that identify together: one named like an id, and the place that numbers its answers."""
    wheres = [
        column
        for column in contents.columns
        if column not in candidates
        and any(place("branch_id", "name", label) is not None for label in column.labels)
    ]
    for where in wheres:
        for column in candidates:
            together = contents.different((where, column))
            if column.filled == where.filled == contents.rows == together:
                return where, column
    return None


def _named(columns: Sequence[Column]) -> list[Column]:
    """The columns named like an answer's id, the likeliest first; then those that no other role claims."""
    named = _ranked(columns, "name")
    return named + [column for column in _ranked(columns, "maybe") if not _is_claimed(column, named)]


def _ranked(columns: Sequence[Column], kind: str) -> list[Column]:
    found = []
    for column in columns:
        places = [at for label in column.labels if (at := place("response_id", kind, label)) is not None]
        if places:
            found.append((min(places), column))
    return [column for _, column in sorted(found, key=lambda one: one[0])]


def _is_claimed(column: Column, named: Sequence[Column]) -> bool:
    """Whether a column is already among these, or has the name of another role."""
    return column in named or any(
        place(role, "name", label) is not None for role in ROLES for label in column.labels
    )


def _restarts(values: Counter[str]) -> bool:
    """Whether these are about the numbers from 1 on, as a form numbers its own answers."""
    if not all(value.isascii() and value.isdigit() for value in values):
        return False
    numbers = [int(value) for value in values]
    return min(numbers) <= 1 and max(numbers) <= 2 * len(numbers) + 10

"""What identifies an answer: a column whose values are all different, else the row's number in its file."""

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
    """The mapping's `response_id`: the known column or one that is called so, if it can identify; else two
    columns together; else the row's number."""
    columns, rows = contents.columns, contents.rows
    by_header = {column.header: column for column in columns}
    if known.header == ROW:
        findings.sure("id", "the row's number, as you say")
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
                f'"{column.shown}" counts from 1, as the next file may: the file\'s name is made part of it',
                f'if it counts on through all files, write response_id = "{column.header}"',
            )
            return [FILE, column.header]
        repeated = column.filled - len(column.values)
        if repeated:
            findings.unsure("id", f'"{column.shown}": {repeated:,} rows repeat one; the later counts')
        else:
            findings.sure("id", f'"{column.shown}": filled and different in all {rows:,} rows')
        return column.header
    if pair := _pair(contents, candidates):
        shown = " and ".join(f'"{column.shown}"' for column in pair)
        findings.unsure("id", f"{shown} together are different in all {rows:,} rows, neither alone is")
        return [column.header for column in pair]
    text = "no column identifies an answer: its row's number does"
    findings.unsure("id", text, "do not insert rows into the file later")
    return ROW


def _unfit(column: Column, rows: int) -> tuple[str, str]:
    """Why a column cannot identify, and the remedy; empty where it can."""
    if rounded := next((value for value in column.values if _ROUNDED.fullmatch(value)), None):
        return f"was rounded by a spreadsheet ({rounded}): it is no id", "export it as text"
    if rows - column.filled > _EXCEPTIONS * rows:
        return f"is empty in {rows - column.filled:,} of {rows:,} rows, so it is not taken", ""
    repeated = column.filled - len(column.values)
    if repeated > _EXCEPTIONS * rows:
        return f"is not unique: {repeated:,} of {rows:,} rows repeat one", ""
    return "", ""


def _pair(contents: Contents, candidates: Sequence[Column]) -> tuple[Column, Column] | None:
    """Two columns that identify together: one that is called like an id, and the place that numbers so."""
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
    """The columns called like an answer's id, the likeliest first; then those that nothing else claims."""
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
    """Whether a column is among those already, or is called like something else."""
    return column in named or any(
        place(role, "name", label) is not None for role in ROLES for label in column.labels
    )


def _restarts(values: Counter[str]) -> bool:
    """Whether these are the numbers from 1 on, or nearly so, as a form numbers its own answers."""
    if not all(value.isascii() and value.isdigit() for value in values):
        return False
    numbers = [int(value) for value in values]
    return min(numbers) <= 1 and max(numbers) <= 2 * len(numbers) + 10

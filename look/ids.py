"""What identifies an answer: a column whose values are all different, else the row's number in its file."""

import re
from collections import Counter
from collections.abc import Sequence

from look.columns import Column
from look.findings import Findings, Known
from look.vocabulary import place

ROW = "@row"
FILE = "@file"
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_CORRECTIONS = 0.02


def find_id(columns: Sequence[Column], rows: int, known: Known, findings: Findings) -> str | list[str]:
    """The mapping's `response_id`: the known column, else one that is called so, if its values can identify."""
    by_header = {column.header: column for column in columns}
    if known.header == ROW:
        findings.sure("id", "the row's number, as you say")
        return ROW
    candidates = [by_header[known.header]] if known.header in by_header else _named(columns)
    for column in candidates:
        if rounded := next((value for value in column.values if _ROUNDED.fullmatch(value)), None):
            findings.unsure(
                "id",
                f'"{column.shown}" was rounded by a spreadsheet ({rounded}): it is no id',
                "export it as text",
            )
            continue
        if column.filled < rows:
            empty = rows - column.filled
            findings.unsure(
                "id", f'"{column.shown}" is empty in {empty:,} of {rows:,} rows, so it is not taken'
            )
            continue
        repeated = column.filled - len(column.values)
        if repeated > _CORRECTIONS * rows:
            findings.unsure("id", f'"{column.shown}" is not unique: {repeated:,} of {rows:,} rows repeat one')
            continue
        if _restarts(column.values):
            findings.unsure(
                "id",
                f'"{column.shown}" counts from 1, as the next file may: the file\'s name is made part of it',
                f'if it counts on through all files, write response_id = "{column.header}"',
            )
            return [FILE, column.header]
        if repeated:
            findings.unsure(
                "id", f'"{column.shown}": {repeated:,} rows repeat one, of which the later counts'
            )
        else:
            findings.sure("id", f'"{column.shown}": filled and different in all {rows:,} rows')
        return column.header
    findings.unsure(
        "id",
        "no column identifies an answer: its row's number does",
        "do not insert rows into the file later",
    )
    return ROW


def _named(columns: Sequence[Column]) -> list[Column]:
    """The columns that are called like an answer's id, the likeliest first."""
    found = []
    for column in columns:
        places = [at for label in column.labels if (at := place("response_id", "name", label)) is not None]
        if places:
            found.append((min(places), column))
    return [column for _, column in sorted(found, key=lambda one: one[0])]


def _restarts(values: Counter[str]) -> bool:
    """Whether these are the numbers from 1 on, or nearly so, as a form numbers its own answers."""
    if not all(value.isascii() and value.isdigit() for value in values):
        return False
    numbers = [int(value) for value in values]
    return min(numbers) <= 1 and max(numbers) <= 2 * len(numbers) + 10

"""How a text file is split into rows and cells: its delimiter, its quotation marks, its first rows."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingestion.files.errors import FileNotUnderstoodError
from look.findings import Findings

_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
_ROWS = 300
_LONG = 20  # lines of one cell


@dataclass(frozen=True)
class Row:
    """A row near the beginning of a file. `line` is where it begins, counted as for `header_row`."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """A text file's dialect. `width` is the number of cells that most rows have."""

    encoding: str
    delimiter: str
    quotes: bool
    width: int
    line_end: str
    top: tuple[Row, ...]


def find_form(path: Path, text: str, encoding: str, said_quotes: bool | None, findings: Findings) -> Form:
    """The dialect in which most rows have the same number of cells; a person may say whether marks quote.

    Raises `FileNotUnderstoodError` if there are no rows.
    """
    tried = [(*_regularity(text, delimiter, quotes), delimiter, quotes)
             for quotes in (True, False) for delimiter in _DELIMITERS]  # fmt: skip
    quoted = max(tried[: len(_DELIMITERS)], key=lambda one: one[:2])
    plain = max(tried[len(_DELIMITERS) :], key=lambda one: one[:2])
    # Unclosed marks turn many rows into one cell: fewer rows, or none of equal width.
    rows_quoted, rows_plain = len(_rows(text, quoted[2], True)), len(_rows(text, plain[2], False))
    is_odd = not _closes(text, quoted[2]) and plain[0] >= 0.95 and rows_plain > rows_quoted
    best = plain if said_quotes is False or (said_quotes is None and is_odd) else quoted
    share, width, delimiter, quotes = best
    rows = _rows(text, delimiter, quotes)
    if not rows:
        raise FileNotUnderstoodError(path, "it has no rows", "export it again")
    if width == 1:
        delimiter = "\t" if ".tsv" in path.name.lower() else ","
        findings.unsure("delimiter", "there is only one column, so no delimiter is needed")
    elif share >= 0.95:
        findings.sure("delimiter", f"{_DELIMITERS[delimiter]}: {width} cells in {_percent(share)} of rows")
    else:
        findings.unsure(
            "delimiter",
            f"{_DELIMITERS[delimiter]} fits best: {width} cells in only {_percent(share)} of rows",
            "rows of a different width go to quarantine",
        )
    if not quotes:
        findings.unsure(
            "quotes", "there are unmatched quotation marks, so they are read as ordinary characters"
        )
    line_end = "\n" if "\n" in text else "\r"
    return Form(encoding, delimiter, quotes, width, line_end, tuple(rows[:50]))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _rows(text: str, delimiter: str, quotes: bool) -> list[Row]:
    """The first non-empty rows, each with the line on which it begins."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
    )
    rows: list[Row] = []
    line = 1
    try:
        for cells in islice(reader, 2 * _ROWS):
            if cells:
                rows.append(Row(line, tuple(cells)))
            line = reader.line_num + 1
            if len(rows) == _ROWS:
                break
    except csv.Error:  # a cell that never ends
        pass
    return rows


def _regularity(text: str, delimiter: str, quotes: bool) -> tuple[float, int]:
    """The most frequent number of cells and its share of rows; one cell per row does not count."""
    widths = Counter(len(row.cells) for row in _rows(text, delimiter, quotes))
    if not widths:
        return 0.0, 1
    width, count = max(widths.items(), key=lambda item: (item[0] > 1 and item[1] >= 2, item[1]))
    return (round(count / widths.total(), 2), width) if width > 1 else (0.0, 1)


def _closes(text: str, delimiter: str) -> bool:
    """Whether each quotation mark that opens a cell is closed at the end of a cell, as CSV requires.

    The text may stop in the middle of a cell, if it is not a long one.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    whole = 0
    try:
        for cells in reader:
            if any(cell.count("\n") > _LONG for cell in cells):
                return False
            whole = reader.line_num
    except csv.Error as error:
        return "end of data" in str(error) and text.count("\n") - whole <= _LONG
    return True

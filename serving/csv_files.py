"""A folder of CSV for R, Minitab and anything else, and a script in R that calculates the figures again.

Every row carries the publication, because a CSV has no other place for it that every program reads. Texts
that a spreadsheet would take for a formula begin with an apostrophe.

Belongs here: the form of the files. Does not belong here: which figures (`chosen`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from serving.chosen import Chosen

FIGURES, DEFINITIONS, COLUMNS, SCRIPT = "figures.csv", "definitions.csv", "columns.csv", "reproduce.R"
#: What a spreadsheet calculates; and the apostrophe, so that taking one away gives every text back.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n'")


def write(chosen: Chosen, to: Path) -> None:
    """Write the folder. Raises OSError."""
    to.mkdir()
    described = [[name, text, chosen.versions] for name, text in chosen.descriptions.items()]
    _table(to / FIGURES, chosen.figures, chosen.stand)
    _table(to / DEFINITIONS, chosen.definitions, chosen.stand)
    _write(to / COLUMNS, ["column", "meaning", "definition_version"], described, chosen.stand)
    about = "".join(f"# {line}\n" for line in chosen.lines)
    script = Path(__file__).with_name(SCRIPT).read_text("utf-8")
    (to / SCRIPT).write_text(about + script, "utf-8", newline="\n")


def _table(path: Path, table: pa.Table, stand: Mapping[str, str | int]) -> None:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    _write(path, table.column_names, rows, stand)


def _write(
    path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]], stand: Mapping[str, str | int]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, *stand])
        writer.writerows([*map(defused, row), *stand.values()] for row in rows)


def defused(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

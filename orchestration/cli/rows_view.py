"""Rows in the form that was asked for.

Belongs here: JSON, CSV, Markdown and tables of rows. Does not belong here: which rows, or what a table shows
of them.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown


def write(
    rows: Sequence[Mapping[str, Any]],
    form: str,
    console: Console,
    tables: Iterable[Table],
    notes: Iterable[str],
) -> None:
    """Print rows, of which there is one or more; `form` is `table`, `md`, `csv` or `json`.

    JSON and CSV have every column, unrounded; the others have `tables`, made only for them, and `notes`.
    """
    if form == "json":
        print(json.dumps([{**row} for row in rows], default=str, ensure_ascii=False, indent=1))
    elif form == "csv":
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(rows[0])
        lines.writerows(row.values() for row in rows)
    elif form == "md":
        sys.stdout.writelines(f"{markdown(table)}\n\n" for table in tables)
        sys.stdout.writelines(f"* {note}\n" for note in notes)
    else:
        for table in tables:
            console.print(table, "")
        for note in notes:
            console.print(note, style="dim", soft_wrap=True)

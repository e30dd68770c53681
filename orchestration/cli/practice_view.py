"""What `nps topics best-practice` shows: what promoters of the branches above the others mention more.

Belongs here: columns and sentences. Does not belong here: which rows (`publication.practice`).
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from publication import practice, reader
from publication.topics import Row
from publication.wording import probability

NOTES = (
    "Promoters of branches above the others beside all other promoters: where to look, and no proof.",
    "Log odds above 0: of what they mention, more is this topic. q at most 0.05: more than noise.",
)


def run(published: Path, survey_type: str | None, form: str, console: Console) -> None:
    """Show every branch above the others. Raises LookupError, which says why, where there is none."""
    with reader.open_current(published) as connection:
        rows = practice.practices(connection, survey_type)
        if not rows:
            raise LookupError(practice.nothing(connection))
    if form == "json":
        print(json.dumps([{**row} for row in rows], default=str, ensure_ascii=False, indent=1))
    elif form == "csv":
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(rows[0])
        lines.writerows(row.values() for row in rows)
    else:
        _print(rows, console, is_markdown=form == "md")


def _print(rows: Sequence[Row], console: Console, *, is_markdown: bool) -> None:
    for (survey_type, version), family in groupby(
        rows, lambda row: (row["survey_type"], row["definition_version"])
    ):
        table = _table(f"{survey_type}, definition {version}", [*family])
        if is_markdown:
            sys.stdout.write(f"{markdown(table)}\n\n")
        else:
            console.print(table, "")
    for note in NOTES:
        if is_markdown:
            sys.stdout.write(f"* {note}\n")
        else:
            console.print(note, style="dim", soft_wrap=True)


def _table(title: str, rows: Sequence[Row]) -> Table:
    first = rows[0]
    title = f"{title}, {first['period_start']} to {first['period_end']}"
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in ("branch", "topic", "verdict"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("log odds (95 %)", "q"):
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(
            row["branch_name"],
            row["topic_label"],
            practice.verdict(row),
            practice.odds(row),
            probability(row["q_value"]),
        )
    return shown

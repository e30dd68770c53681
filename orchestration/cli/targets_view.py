"""What `nps targets` shows: targets beside the scores of their years.

Belongs here: columns and sentences. Does not belong here: which rows (`publication.targets`).
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
from publication import reader, targets
from publication.targets import Row
from publication.wording import count, interval, one_decimal

NOTES = (
    "met, missed: beyond noise, over all targets of the survey type and year together.",
    "Answers needed: if their shares stay as they are.",
)


def run(published: Path, year: int | None, survey_type: str | None, form: str, console: Console) -> None:
    """Show the targets of a year, or of all. Raises LookupError where none is published."""
    with reader.open_current(published) as connection:
        rows = targets.targets(connection, year, survey_type)
    if not rows:
        raise LookupError(
            "no target is published: none is in definition/nps_targets.csv of that survey type and year, or"
            " its year has not begun"
        )
    if form == "json":
        print(json.dumps([{**row} for row in rows], default=str, ensure_ascii=False, indent=1))
    elif form == "csv":
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(rows[0])
        lines.writerows(row.values() for row in rows)
    else:
        _print(rows, console, is_markdown=form == "md")


def _print(rows: Sequence[Row], console: Console, *, is_markdown: bool) -> None:
    for face, family in groupby(
        rows, lambda row: (row["survey_type"], row["target_year"], row["definition_version"])
    ):
        survey_type, year, version = face
        shown = _table(f"{survey_type}, {year}, definition {version}", list(family))
        if is_markdown:
            sys.stdout.write(f"{markdown(shown)}\n\n")
        else:
            console.print(shown, "")
    for note in NOTES:
        if is_markdown:
            sys.stdout.write(f"* {note}\n")
        else:
            console.print(note, style="dim", soft_wrap=True)


def _table(title: str, rows: Sequence[Row]) -> Table:
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in ("target of", "owner"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("target", "NPS", "95 %", "answers"):
        shown.add_column(heading, justify="right")
    shown.add_column("verdict")
    for row in rows:
        shown.add_row(
            *(targets.of(row), row["target_owner"], one_decimal(row["target_nps"]), one_decimal(row["nps"])),
            *(interval(row["nps_low"], row["nps_high"]), count(row["responses"]), targets.verdict(row)),
        )
    return shown

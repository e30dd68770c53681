"""What `nps targets` shows: targets beside the scores of their years.

Belongs here: columns and sentences. Does not belong here: which rows (`publication.targets`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli import rows_view
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
    rows_view.write(rows, form, console, _tables(rows), NOTES)


def _tables(rows: Sequence[Row]) -> Iterator[Table]:
    for face, family in groupby(
        rows, lambda row: (row["survey_type"], row["target_year"], row["definition_version"])
    ):
        survey_type, year, version = face
        yield _table(f"{survey_type}, {year}, definition {version}", list(family))


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

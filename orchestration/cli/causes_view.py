"""What `nps causes` shows: where detractors are more, and where that cannot be told.

Belongs here: columns and sentences. Does not belong here: which rows (`publication.root_causes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli import rows_view
from publication import reader, root_causes
from publication.figure import segment_name
from publication.root_causes import Row
from publication.wording import count, percentage, probability

NOTES = (
    "Each value beside all other answers of the same value tier and journey stage: an association.",
    "q at most 0.05: more than noise, over all values of the survey type.",
    "Values that few answered for are not published.",
)


def run(published: Path, by: str | None, survey_type: str | None, form: str, console: Console) -> None:
    """Show the values of an attribute, or of all. Raises LookupError where none is published."""
    with reader.open_current(published) as connection:
        rows = root_causes.root_causes(connection, segment_name(by) if by else None, survey_type)
    if not rows:
        of = f" by {by}" if by else ""
        raise LookupError(
            f"no root cause is published{of}: no such dimension, or too few answered in the year"
        )
    rows_view.write(rows, form, console, _tables(rows), NOTES)


def _tables(rows: Sequence[Row]) -> Iterator[Table]:
    for (survey_type, version), family in groupby(
        rows, lambda row: (row["survey_type"], row["definition_version"])
    ):
        of_type = list(family)
        first = of_type[0]
        title = f"{survey_type}, {first['period_start']} to {first['period_end']}, definition {version}"
        yield _table(title, of_type)


def _table(title: str, rows: Sequence[Row]) -> Table:
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in ("attribute", "value", "verdict"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("detractors", "others", "odds (95 %)", "q"):
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(
            row["attribute"],
            row["value_name"],
            root_causes.verdict(row),
            f"{percentage(row['detractor_share'])} of {count(row['responses'])}",
            "" if row["other_detractor_share"] is None else percentage(row["other_detractor_share"]),
            root_causes.odds(row),
            "" if row["q_value"] is None else probability(row["q_value"]),
        )
    return shown

"""What `nps topics best-practice` shows: what promoters of the branches above the others mention more.

Belongs here: columns and sentences. Does not belong here: which rows (`publication.practice`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli import rows_view
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
    rows_view.write(rows, form, console, _tables(rows), NOTES)


def _tables(rows: Sequence[Row]) -> Iterator[Table]:
    for (survey_type, version), family in groupby(
        rows, lambda row: (row["survey_type"], row["definition_version"])
    ):
        yield _table(f"{survey_type}, definition {version}", [*family])


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

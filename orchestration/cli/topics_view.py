"""What `nps topics` shows: topics with their scores, and how sure the taxonomy is of each.

Belongs here: columns and sentences. Does not belong here: which rows (`publication.topics`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli import rows_view
from publication import reader, topics
from publication.topics import Row
from publication.wording import amount, count, one_decimal, percentage, probability, signed

NOTES = (
    "Those who mention a topic beside those who comment without it: an association, and no cause.",
    "Topics and cells that few mention, or do not mention, are not published.",
    "Precision and recall are of the comments that somebody labelled: `nps topics label`.",
)


def run(published: Path, by: str, period: str, survey_type: str | None, form: str, console: Console) -> None:
    """Show the topics of a segment. Raises LookupError where none is published."""
    with reader.open_current(published) as connection:
        rows = topics.topics(connection, by, period, survey_type)
    if not rows:
        raise LookupError(
            f"no topic is published by {by} over {period}: few mention one, or the company declares none"
            " (docs/definition.md)"
        )
    rows_view.write(rows, form, console, _tables(rows), NOTES)


def _tables(rows: Sequence[Row]) -> Iterator[Table]:
    families: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        families.setdefault((row["survey_type"], row["definition_version"]), []).append(row)
    for (survey_type, version), of_type in families.items():
        first = of_type[0]
        yield _table(
            f"{survey_type}, {first['period_start']} to {first['period_end']}, definition {version}", of_type
        )


def _table(title: str, rows: Sequence[Row]) -> Table:
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    has_members = rows[0]["segment"] != "company"
    for heading in ([""] if has_members else []) + ["topic"]:
        shown.add_column(heading, no_wrap=True)
    numbers = (
        "mentions",
        "share",
        "change",
        "NPS",
        "others",
        "difference",
        "q",
        "revenue",
        "precision",
        "recall",
    )
    for heading in numbers:
        shown.add_column(heading, justify="right")
    for row in rows:
        change, q_value = row["mention_share_change"], row["difference_q_value"]
        shown.add_row(
            *([topics.member(row)] if has_members else []),
            row["topic_label"],
            f"{count(row['mentions'])} of {count(row['comments'])}",
            percentage(row["mention_share"]),
            "" if change is None else f"{signed(100 * change)} pp",
            one_decimal(row["mentioning_nps"]),
            one_decimal(row["other_nps"]),
            topics.difference(row),
            "" if q_value is None else probability(q_value),
            "" if row["mentioning_revenue"] is None else amount(row["mentioning_revenue"]),
            topics.sureness(row, "precision"),
            topics.sureness(row, "recall"),
        )
    return shown

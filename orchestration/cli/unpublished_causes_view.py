"""What `nps causes` shows of attributes that only the working file tells, such as who served the customer.

Belongs here: columns and sentences. Does not belong here: which rows (`orchestration.causes`), or the
published root causes (`causes_view`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.attributes import ATTRIBUTES, Asked, last_day
from orchestration.causes import Cause, causes
from orchestration.cli import rows_view
from orchestration.environment import ConfigurationError
from publication.wording import count, percentage, probability


class Wanted(NamedTuple):
    """An attribute, a survey type (else all), a band, and of how many days."""

    attribute: str
    survey_type: str | None
    band: str
    days: int


_STAFF = ("employee", "owner")


def run(warehouse: Path, wanted: Wanted, form: str, console: Console) -> None:
    """Show the values of an attribute. Raises ConfigurationError without a working file, LookupError where no
    counted answer has the attribute."""
    if not warehouse.exists():
        raise ConfigurationError(f"there is no working file {warehouse}: `nps refresh` makes it")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        as_of = last_day(connection)
        kinds = connection.execute(
            "select distinct survey_type, definition_version from marts.fct_survey_responses"
            " where is_counted and (? is null or survey_type = ?) order by all",
            [wanted.survey_type, wanted.survey_type],
        ).fetchall()
        rows = [
            row
            for survey_type, version in kinds
            for row in causes(connection, Asked(survey_type, version, as_of, wanted.days), wanted.band)
            if _is_of(row, wanted.attribute)
        ]
    if not rows:
        raise LookupError(
            f"no counted answer of these {wanted.days} days has an attribute {wanted.attribute}"
        )
    rows_view.write([row._asdict() for row in rows], form, console, _tables(rows, wanted), _notes(wanted))


def _is_of(row: Cause, attribute: str) -> bool:
    """Every question is an attribute of its own."""
    return row.attribute == attribute or (attribute == "questions" and row.attribute not in ATTRIBUTES)


def _tables(rows: Sequence[Cause], wanted: Wanted) -> Iterator[Table]:
    for (survey_type, version), family in groupby(rows, lambda row: row[:2]):
        title = f"{survey_type}, {wanted.days} days up to as-of, definition {version}"
        yield _table(title, wanted.band, list(family))


def _notes(wanted: Wanted) -> tuple[str, ...]:
    within = " and ".join(ATTRIBUTES[wanted.attribute].within).replace("_", " ")
    return (
        f"{wanted.attribute}: {ATTRIBUTES[wanted.attribute].says}. Each value beside the others of the same"
        f" {within}: an association.",
        "q at most 0.05: more than noise, over all values of all attributes that are not published.",
        "From the working file, for whom may read it: not published, and nothing is hidden."
        + (" Of a person, a reason to ask and no verdict." if wanted.attribute in _STAFF else ""),
    )


def _table(title: str, band: str, rows: Sequence[Cause]) -> Table:
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in ("attribute", "value", "verdict"):
        shown.add_column(heading, no_wrap=True)
    for heading in (f"{band}s", "others", "odds (95 %)", "q"):
        shown.add_column(heading, justify="right")
    for row in rows:
        odds = f"{row.odds_ratio} ({row.odds_ratio_low} to {row.odds_ratio_high})"
        shown.add_row(
            row.attribute,
            f"{row.value_name} ({row.attribute_value})" if row.value_name else row.attribute_value,
            f"{row.verdict} {band}s" if row.verdict in ("more", "fewer") else row.verdict,
            f"{percentage(row.share)} of {count(row.responses)}",
            percentage(row.other_share),
            "" if row.odds_ratio is None else odds,
            "" if row.q_value is None else probability(row.q_value),
        )
    return shown

"""Reads what comments are about: `nps_topics` of the published copy.

Belongs here: choosing rows, and what they say in words. Does not belong here: how they are shown (the command
line, pages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import duckdb

from publication import wording
from publication.figure import segment_name
from publication.rows import records

SEGMENTS = ("company", "customer_value_tier", "journey_stage", "branch")
GRAINS = ("trailing_365d", "trailing_90d")
#: Below this q a difference is more than noise, as for changes.
_BELIEVED = 0.05
#: A row of the table, by column.
Row: TypeAlias = Mapping[str, Any]


def topics(
    connection: duckdb.DuckDBPyConnection,
    by: str = "company",
    grain: str = "trailing_365d",
    survey_type: str | None = None,
) -> Sequence[Row]:
    """The topics of a segment, by survey type and member, most mentioned first.

    Raises:
        ValueError: topics have no such segment or period.
    """
    segment = segment_name(by)
    if segment not in SEGMENTS:
        raise ValueError(f"topics are not published by {by!r}: choose one of {', '.join(SEGMENTS)}")
    if grain not in GRAINS:
        raise ValueError(f"topics are not published by {grain!r}: choose one of {', '.join(GRAINS)}")
    return records(
        connection,
        "select * from nps_topics where segment = ? and period_grain = ? and (? is null or survey_type = ?)"
        " order by survey_type, definition_version, customer_value_tier, journey_stage, branch_name, branch,"
        " mentions desc, topic",
        [segment, grain, survey_type, survey_type],
    )


def member(row: Row) -> str:
    """The cell as people call it; empty for the company."""
    if row["segment"] == "company":
        return ""
    return str(row["branch_name"] if row["segment"] == "branch" else row[row["segment"]])


def verdict(row: Row) -> str:
    """What the difference says: it is of an association, and no cause."""
    if row["difference_q_value"] is None:
        return "too few for a score"
    if row["difference_q_value"] > _BELIEVED:
        return "not distinguishable"
    return "they score lower" if row["nps_difference"] < 0 else "they score higher"


def sureness(row: Row, name: str) -> str:
    """`90.0 % (77.1 % to 97.3 %)` of `precision` or `recall`; or that no labelled comment tells it."""
    value, low, high = (wording.percentage(row[f"topic_{name}{bound}"]) for bound in ("", "_low", "_high"))
    return f"{value} ({low} to {high})" if value else "not labelled"


def difference(row: Row) -> str:
    """`-32.1 (-48.0 to -16.2)`; the interval alone where there is no score."""
    interval = wording.interval(row["difference_low"], row["difference_high"])
    return (
        interval if row["nps_difference"] is None else f"{wording.signed(row['nps_difference'])} ({interval})"
    )

"""Reads whether targets are met: `target_attainment` of the published copy.

Belongs here: choosing rows, and what they say in words. Does not belong here: how they are shown (the command
line, pages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import duckdb

from publication.rows import records

#: A row of the table, by column.
Row: TypeAlias = Mapping[str, Any]
_ALL = "(all)"


def targets(
    connection: duckdb.DuckDBPyConnection, year: int | None = None, survey_type: str | None = None
) -> Sequence[Row]:
    """The targets of a year, or of all that have begun, the newest first; the company's before its parts."""
    return records(
        connection,
        "select * from target_attainment"
        " where (? is null or target_year = ?) and (? is null or survey_type = ?)"
        " order by survey_type, definition_version, target_year desc,"
        " array_position(['company', 'journey_stage', 'branch', 'branch*journey_stage'], segment),"
        " branch_name, branch, journey_stage",
        [year, year, survey_type, survey_type],
    )


def of(row: Row) -> str:
    """What the target is of: `company`, or branch and stage."""
    parts = (("branch", "branch_name"), ("journey_stage", "journey_stage"))
    return ", ".join(str(row[name]) for part, name in parts if row[part] != _ALL) or "company"


def verdict(row: Row) -> str:
    """`met`, `missed`, or how many more answers it takes until it can be told."""
    if row["verdict"] != "cannot be told yet":
        return str(row["verdict"])
    needed = row["answers_needed"]
    if needed is None:
        return "cannot be told yet: it is too near to the target"
    if needed == 0:
        return "cannot be told yet: enough answers, if they stay so until the year is over"
    return f"cannot be told yet: {needed:,} more answer{'s' * (needed != 1)} needed"

"""Reads what promoters of the branches above the others mention more: `best_practice` of the published copy.

Belongs here: choosing rows, and what they say in words. Does not belong here: how they are shown (the command
line, pages).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from publication.rows import records
from publication.topics import Row

_WORDS = {"more": "they mention it more", "fewer": "they mention it less"}


def practices(connection: duckdb.DuckDBPyConnection, survey_type: str | None = None) -> Sequence[Row]:
    """The topics of each branch above the others: what its promoters mention more first."""
    return records(
        connection,
        "select * from best_practice where ? is null or survey_type = ?"
        " order by survey_type, definition_version, branch_name, branch,"
        " array_position(['more', 'fewer', 'not distinguishable'], verdict), q_value, log_odds desc, topic",
        [survey_type, survey_type],
    )


def nothing(connection: duckdb.DuckDBPyConnection) -> str:
    """Why there are no rows, in words."""
    above = records(connection, "select 1 from branch_scorecards where standing = 'above' limit 1", [])
    if above:
        return "Of the branches that stand above the others, too few topics are published to compare them."
    return "No branch stands above the others beyond noise."


def verdict(row: Row) -> str:
    """What the comparison says: it is of an association, and no proof of a practice."""
    return _WORDS.get(row["verdict"], str(row["verdict"]))


def odds(row: Row) -> str:
    """`1.56 (0.92 to 2.20)`: log odds with their interval."""
    return f"{row['log_odds']} ({row['log_odds_low']} to {row['log_odds_high']})"

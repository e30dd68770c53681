"""Reads where detractors come from: `nps_root_causes` of the published copy.

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
_WORDS = {"more": "more detractors", "fewer": "fewer detractors"}


def root_causes(
    connection: duckdb.DuckDBPyConnection, by: str | None = None, survey_type: str | None = None
) -> Sequence[Row]:
    """The values of an attribute, or of all, by survey type: those with more detractors first."""
    return records(
        connection,
        "select * from nps_root_causes where (? is null or attribute = ?) and (? is null or survey_type = ?)"
        " order by survey_type, definition_version,"
        " array_position(['more', 'fewer', 'not distinguishable', 'too few'], verdict), q_value, p_value,"
        " attribute, value_name, attribute_value",
        [by, by, survey_type, survey_type],
    )


def verdict(row: Row) -> str:
    """What the comparison says: it is of an association, and no proof of a cause."""
    return _WORDS.get(row["verdict"], str(row["verdict"]))


def odds(row: Row) -> str:
    """`2.10 (1.20 to 3.70)`; empty where there are none."""
    if row["odds_ratio"] is None:
        return ""
    return f"{row['odds_ratio']} ({row['odds_ratio_low']} to {row['odds_ratio_high']})"

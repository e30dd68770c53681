"""Reads why the company's score changed: `nps_changes_explained` of the published copy.

Belongs here: choosing changes and their cells. Does not belong here: how they are shown (the command line,
pages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb

from publication.rows import records

GRAINS = ("month", "quarter", "trailing_365d")
AGAINST = ("previous", "year")
#: What adds up to the change.
PARTS = ("movement", "mix", "arrivals", "departures")
#: What the mix is made of.
OF_MIX = ("invited_mix", "answered_mix")
#: How many cells of each dimension are shown unless one is asked for.
MOST = 3
#: A row of the table, by column.
Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Explanation:
    """A change of the company's score: a row for each dimension, and its cells from the largest down."""

    splits: Sequence[Row]
    cells: Mapping[str, Sequence[Row]]

    @property
    def rows(self) -> list[Row]:
        """All of them."""
        return [*self.splits, *(row for cells in self.cells.values() for row in cells)]

    @property
    def change(self) -> Row:
        """Any of the rows of the company: what they say of the change itself is the same."""
        return self.splits[0]

    @property
    def parts(self) -> list[str]:
        """Those that are not nothing in every row of the company, the mix before what it is made of."""
        named = ("movement", "mix", *OF_MIX, *PARTS[2:])
        return [part for part in named if any(row[part] for row in self.splits)]

    def foremost(self, most: int = MOST) -> list[Row]:
        """The cells of each dimension that contributed most."""
        return [row for cells in self.cells.values() for row in cells[:most]]


def newest(
    connection: duckdb.DuckDBPyConnection, grain: str, against: str, survey_type: str | None = None
) -> list[Explanation]:
    """Of each survey type the newest change of a period that is over, by version of the definition."""
    rows = records(
        connection,
        """
        select * from nps_changes_explained as changes
        where period_grain = ? and against = ? and (? is null or survey_type = ?)
            and period_end <= (select max(period_end) from nps_scores where period_grain = 'all_time')
        qualify period_end = max(period_end) over (partition by survey_type)
        order by survey_type, definition_version, contribution_rank nulls first, split_by
        """,
        [grain, against, survey_type, survey_type],
    )
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["survey_type"], row["definition_version"]), []).append(row)
    return [_explanation(of_change) for of_change in found.values()]


def _explanation(rows: Sequence[Row]) -> Explanation:
    splits = [row for row in rows if row["segment"] == "company"]
    # what explains most first: the dimension between whose cells most has shifted
    splits.sort(key=lambda row: (-round(abs(row["contribution"] - row["movement"]), 9), row["split_by"]))
    cells = {
        split["split_by"]: [row for row in rows if row["segment"] == split["split_by"]] for split in splits
    }
    return Explanation(splits, cells)


def called(row: Row) -> str:
    """The cell as people call it."""
    if row["member"] == "(others)":
        return f"all others ({row['cell_members']})"
    return str(row["branch_name"] if row["segment"] == "branch" else row["member"])

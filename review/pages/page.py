"""What several pages have alike.

Belongs here: rows turned into the points of a chart. Does not belong here: which rows (the pages' modules).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from review import charts
from review.published import Row


def over_time(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The points of a trend: a period counts at its last day."""
    return [
        {"day": str(row["period_end"]), "nps": row["nps"], "low": row["nps_low"], "high": row["nps_high"]}
        for row in rows
    ]


def side_by_side(rows: Sequence[Row]) -> str:
    """The chart of some members' scores and intervals; empty if none is shown."""
    points = [
        {"name": ", ".join(row["names"]), "nps": row["nps"], "low": row["nps_low"], "high": row["nps_high"]}
        for row in rows
        if row["nps_low"] is not None
    ]
    return charts.intervals(points) if points else ""


def shown(rows: Sequence[Row]) -> list[Row]:
    """Without the periods of which nothing is shown but that there were answers."""
    return [row for row in rows if row["nps_low"] is not None]

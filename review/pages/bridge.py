"""Why the published score is not the number in the vendor's dashboard: the newest month, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from review.published import Published, Row
from review.rendering import Entry, Page

_ALL = "(all)"


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Vendor's number", "bridge.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page: each survey type with published figures, and its surveys, in the newest month over."""
    rows = published.rows(
        """
        select * from nps_bridge
        where survey_type in (select survey_type from nps_scores)
            and period_start = (
                select max(period_start) from nps_scores where period_grain = 'month' and period_end <= ?
            )
        order by survey_type, survey_id <> '(all)', source, survey_id, definition_version, line_number
        """,
        published.stand.as_of,
    )
    bridges: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = (row["survey_type"], row["source"], row["survey_id"], row["definition_version"])
        bridges.setdefault(key, []).append(row)
    shown = [_bridge(lines) for lines in bridges.values()]
    yield Page(
        "bridge.html",
        "Why is it not the vendor's number?",
        "bridge.html",
        {
            "types": [each for each in shown if each["survey"] == _ALL],
            "surveys": [each for each in shown if each["survey"] != _ALL],
        },
    )


def _bridge(lines: list[Row]) -> dict[str, Any]:
    """Its lines with what each takes out, without those that take nothing out; a page rounds by itself."""
    taken = [0, *(before["answers"] - line["answers"] for before, line in pairwise(lines))]
    return {
        "first": lines[0],
        "survey": lines[0]["survey_id"],
        "lines": [
            {**line, "taken_out": out}
            for line, out in zip(lines, taken, strict=True)
            if out or line["kind"] in ("received", "published", "beside")
        ],
    }

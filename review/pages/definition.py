"""The definition in force, who approved it, and each formula with an example from this publication."""

from __future__ import annotations

from collections.abc import Iterator

from review.published import YEAR, Published, Row
from review.rendering import Entry, Page


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Definition", "definition.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page: every version, the newest first."""
    example = next((row for row in published.newest("company") if row["nps"] is not None), None)
    before = None if example is None else _before(published, example)
    pooled = published.rows(
        "select * from branch_scorecards where pooled_nps is not null"
        " order by abs(pooled_nps - nps) desc, branch, survey_type limit 1"
    )
    versions = [
        {"name": name, "first": rows[0], "elements": _elements(rows), "approval": _approval(rows)}
        for name, rows in reversed(published.definitions.items())
    ]
    yield Page(
        "definition.html",
        "The definition",
        "definition.html",
        {"versions": versions, "example": example, "before": before, "pooled": pooled},
    )


def _before(published: Published, example: Row) -> Row | None:
    """The figure that an example's change is measured against."""
    history = published.history("company", YEAR)[example["survey_type"], ()]
    return next((row for row in history if row["period_end"] == example["period_start"]), None)


def _approval(rows: list[Row]) -> Row | None:
    """Who proposed and approved the bands and with them the version's other tables."""
    return next((row for row in rows if row["element"] == "score_band" and row.get("author")), None)


def _elements(rows: list) -> dict[str, list]:  # type: ignore[type-arg]
    found: dict[str, list] = {}  # type: ignore[type-arg]
    for row in rows:
        found.setdefault(row["element"], []).append(row)
    return found

"""What has changed against the period before: what is beyond noise, and all else that was compared."""

from __future__ import annotations

from collections.abc import Iterator

from publication.figure import split_by
from review import words
from review.pages.page import Entry, Page
from review.published import Published

_GRAINS = ("month", "quarter", "year")
#: A change counts as more than noise where so few of those shown with it would be wrong.
_Q = 0.05


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Changes", "changes.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page: of each grain the newest period that is over."""
    grains = []
    for grain in _GRAINS:
        rows = published.rows(
            f"""
            select * from nps_scores
            where measure = 'in_period' and period_grain = ? and nps_change is not null
                and period_end = (
                    select max(period_end) from nps_scores where period_grain = ? and period_end <= ?
                )
            order by {published.key}
            """,
            grain,
            grain,
            published.stand.as_of,
        )
        if rows:
            named = [{**row, "name": _name(row)} for row in rows]
            grains.append(
                {
                    "grain": grain,
                    "row": rows[0],
                    "beyond": [row for row in named if row["change_q_value"] <= _Q],
                    "compared": len(rows),
                }
            )
    yield Page("changes.html", "What has changed", "changes.html", {"grains": grains, "limit": _Q})


def _name(row: object) -> str:
    assert isinstance(row, dict)
    parts = split_by(row["segment"])
    members = [(row["branch_name"] or row[part]) if part == "branch" else row[part] for part in parts]
    return (
        ", ".join(f"{words.called(part)} {member}" for part, member in zip(parts, members, strict=True))
        or "the company"
    )

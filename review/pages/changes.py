"""What has changed against the period before, beyond noise; and why the company's score did."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from publication.explanations import AGAINST, Explanation
from publication.figure import split_by
from publication.wording import OF_PARTS
from review import words
from review.published import YEAR, Published
from review.rendering import Entry, Page

#: The changes that are explained: a grain, and what it is compared with.
_EXPLAINED = (
    (YEAR, "previous"),
    *product(("month", "quarter"), AGAINST),
)
_GRAINS = ("month", "quarter", "year")
#: A change counts as more than noise where so few of those shown with it would be wrong.
_Q = 0.05


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Changes", "changes.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page: of each grain the newest period that is over, and the changes that are explained."""
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
    yield Page(
        "changes.html",
        "What has changed",
        "changes.html",
        {
            "grains": grains,
            "limit": _Q,
            "changes": _explained(published),
            "of_parts": OF_PARTS,
        },
    )


def _explained(published: Published) -> list[Explanation]:
    """By survey type the year, and the month; where no month has enough answers, the quarter."""
    found = [each for grain, against in _EXPLAINED for each in published.explained(grain, against)]
    monthly = {_type(each) for each in found if each.change["period_grain"] == "month"}
    kept = [each for each in found if each.change["period_grain"] != "quarter" or _type(each) not in monthly]
    return sorted(kept, key=_type)


def _type(explanation: Explanation) -> str:
    return str(explanation.change["survey_type"])


def _name(row: object) -> str:
    assert isinstance(row, dict)
    parts = split_by(row["segment"])
    members = [(row["branch_name"] or row[part]) if part == "branch" else row[part] for part in parts]
    return (
        ", ".join(f"{words.called(part)} {member}" for part, member in zip(parts, members, strict=True))
        or "the company"
    )

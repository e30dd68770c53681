"""A page for each dimension: its members side by side, each over time, and its pairs with another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from publication.figure import split_by
from publication.wording import one_decimal, remark
from review import charts, words
from review.pages.page import over_time, shown, side_by_side
from review.published import YEAR, Published, Row
from review.rendering import Entry, Page

#: A branch has pages of its own.
_ELSEWHERE = ("branch",)


def _named(published: Published) -> list[str]:
    return [name for name in published.dimensions if name not in _ELSEWHERE and name in published.segments]


def menu(published: Published) -> list[Entry]:
    """An entry for each dimension."""
    return [(words.title(name), f"{name}.html") for name in _named(published)]


def pages(published: Published) -> Iterator[Page]:
    """A page for each dimension."""
    for name in _named(published):
        newest, over_years = published.newest(name), published.history(name, YEAR)
        types = []
        for survey_type in published.survey_types:
            rows = [row for row in newest if row["survey_type"] == survey_type]
            if rows:
                types.append(
                    {
                        "survey_type": survey_type,
                        "rows": rows,
                        "chart": side_by_side(rows),
                        "members": [
                            {"name": row["names"][0], "chart": charts.small_trend(over_time(years))}
                            for row in rows
                            if len(years := shown(over_years.get((survey_type, row["members"]), []))) > 1
                        ],
                        "pairs": [
                            _pair(published, segment, survey_type)
                            for segment in published.segments
                            if split_by(segment)[:1] == (name,)
                            and len(split_by(segment)) == 2
                            and "branch" not in split_by(segment)
                        ],
                    }
                )
        yield Page(
            f"{name}.html", f"By {words.called(name)}", "dimension.html", {"name": name, "types": types}
        )


def _pair(published: Published, segment: str, survey_type: str) -> dict[str, Any]:
    rows = [row for row in published.newest(segment) if row["survey_type"] == survey_type]
    return {"name": " × ".join(map(words.called, split_by(segment))), "rows": rows, "chart": _matrix(rows)}


def _matrix(rows: Sequence[Row]) -> str:
    points = [
        {
            "row": row["names"][0],
            "column": row["names"][1],
            "nps": row["nps"],
            "text": one_decimal(row["nps"]) or remark(row["reportability"]).replace(" for a score", ""),
        }
        for row in rows
    ]
    return charts.matrix(points) if points else ""

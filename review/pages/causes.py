"""Where detractors come from: the values of every dimension over the year up to as-of.

Belongs here: which tables stand on the page. Does not belong here: which rows are published
(`nps_root_causes`).
"""

from __future__ import annotations

from collections.abc import Iterator

from publication import root_causes
from review.published import Published, Row
from review.rendering import Entry, Page

_PATH = "causes.html"


def menu(published: Published) -> list[Entry]:
    """One entry; none where no value is judged."""
    judged = published.rows("select 1 from nps_root_causes where verdict <> 'too few' limit 1")
    return [("Root causes", _PATH)] if judged else []


def pages(published: Published) -> Iterator[Page]:
    """One page; none where no value is judged."""
    if not menu(published):
        return
    tables: dict[tuple[str, str], list[Row]] = {}
    few: dict[tuple[str, str], int] = {}
    for row in published.causes():
        face = (row["survey_type"], row["definition_version"])
        if row["verdict"] == "too few":
            few[face] = few.get(face, 0) + 1
        else:
            tables.setdefault(face, []).append(row)
    yield Page(
        _PATH,
        "Where do detractors come from?",
        "causes.html",
        {"tables": tables, "few": few, "verdict": root_causes.verdict, "odds": root_causes.odds},
    )

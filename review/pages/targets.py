"""Whether targets are met: of each survey type, the years that have begun.

Belongs here: what stands on the page. Does not belong here: verdicts (`target_attainment`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from publication import targets
from review import charts
from review.published import Published
from review.rendering import Entry, Page

_PATH = "targets.html"


def menu(published: Published) -> list[Entry]:
    """One entry; none where the company has no target of a year that has begun."""
    return [("Targets", _PATH)] if published.rows("select 1 from target_attainment limit 1") else []


def pages(published: Published) -> Iterator[Page]:
    """One page; none without targets."""
    if not menu(published):
        return
    faces = []
    for survey_type in published.survey_types:
        rows = published.targets(survey_type)
        for (version, year), group in groupby(
            rows, lambda row: (row["definition_version"], row["target_year"])
        ):
            of_year = [*group]
            points = [
                {
                    "name": targets.of(row),
                    "nps": row["nps"],
                    "low": row["nps_low"],
                    "high": row["nps_high"],
                    "target": row["target_nps"],
                }
                for row in of_year
            ]
            faces.append(
                {
                    "survey_type": survey_type,
                    "version": version,
                    "year": year,
                    "rows": of_year,
                    "chart": charts.attained(points),
                }
            )
    yield Page(
        _PATH,
        "Are targets met?",
        "targets.html",
        {"faces": faces, "of": targets.of, "verdict": targets.verdict},
    )

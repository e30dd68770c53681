"""The first page: the company's score, how it was given, and how it has moved.

Control limits are those of Shewhart's chart for means with samples of unequal size (Montgomery, Introduction
to Statistical Quality Control): the mean m of all months of one version of the definition together, and
m ± 3·sqrt(V/n) for a month of n answers, where V = p + d − (p − d)² is the variance of one answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from review import charts
from review.pages import money
from review.pages.page import over_time, shown
from review.published import YEAR, Published, Row
from review.rendering import Entry, Page

_FEWEST_MONTHS = 8
_BANDS = ("detractor",) * 7 + ("passive",) * 2 + ("promoter",) * 2


def menu(_: Published) -> list[Entry]:
    """The first entry."""
    return [("Company", "index.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page."""
    years, months = published.history("company", YEAR), published.history("company", "month")
    versions = [str(day) for day in published.changes_of_definition]
    faces = []
    for row in published.newest("company"):
        key = (row["survey_type"], ())
        year = shown(years.get(key, []))
        within = limited(shown(months.get(key, [])))
        given = published.distribution(row["survey_type"]) if row["nps"] is not None else []
        faces.append(
            {
                "row": row,
                "given": given,
                "given_since": published.first_of_distribution,
                "distribution": charts.distribution(
                    [{**each, "band": _BANDS[each["score"]]} for each in given]
                )
                if given
                else "",
                "trend": charts.trend(over_time(year), versions) if len(year) > 1 else "",
                "heard": charts.shares(_heard(year)) if len(year) > 1 else "",
                "years": year,
                "control": charts.control(within, versions) if within else "",
                "months": months.get(key, []),
                "outside": [point["name"] for point in within if point["is_outside"]],
            }
        )
    yield Page(
        "index.html",
        "How likely are you to recommend us?",
        "company.html",
        {"faces": faces, "money": money.menu(published)},
    )


def _heard(years: Sequence[Row]) -> list[dict[str, Any]]:
    """How many of the invited answered, and how much of the revenue has an answer, over time."""
    return [
        {"day": str(row["period_end"]), "of": of, "share": 100 * row[column]}
        for of, column in (("response rate", "response_rate"), ("revenue covered", "revenue_coverage"))
        for row in years
        if row[column] is not None
    ]


def limited(months: Sequence[Row]) -> list[dict[str, Any]]:
    """Months with the limits of their version of the definition; nothing where no version has enough months.

    Months of a version that has too few are shown without limits.
    """
    versions: dict[str, list[Row]] = {}
    for row in months:
        versions.setdefault(row["definition_version"], []).append(row)
    if all(len(own) < _FEWEST_MONTHS for own in versions.values()):
        return []
    return [point for own in versions.values() for point in _within(own)]


def _within(months: Sequence[Row]) -> Iterator[dict[str, Any]]:
    answers = sum(row["responses"] for row in months)
    p, d = (sum(row[band] for row in months) / answers for band in ("promoters", "detractors"))
    centre, deviation = p - d, math.sqrt(p + d - (p - d) ** 2)
    is_enough = len(months) >= _FEWEST_MONTHS
    for row in months:
        reach = 3 * deviation / math.sqrt(row["responses"])
        score = (row["promoters"] - row["detractors"]) / row["responses"]
        yield {
            "day": str(row["period_start"]),
            "name": f"{row['period_start']:%Y-%m}",
            "version": row["definition_version"],
            "nps": row["nps"],
            "centre": 100 * centre if is_enough else None,
            "lower": 100 * max(-1.0, centre - reach) if is_enough else None,
            "upper": 100 * min(1.0, centre + reach) if is_enough else None,
            "is_outside": is_enough and abs(score - centre) > reach,
        }

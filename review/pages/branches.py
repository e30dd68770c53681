"""All branches in groups that can be told apart, never in a league table; and a page for each branch."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from review import charts
from review.pages.page import over_time, shown, side_by_side
from review.published import YEAR, Published, Row
from review.rendering import Entry, Page

_GROUPS = ("above", "not distinguishable", "below")
_TOO_FEW = "too few answers"
#: More intervals than this in one chart cannot be told apart by eye.
_MOST_IN_A_CHART = 60


def menu(published: Published) -> list[Entry]:
    """One entry, where branches are known."""
    return [("Branches", "branches.html")] if "branch" in published.segments else []


def pages(published: Published) -> Iterator[Page]:
    """The page of all branches, then one for each."""
    if "branch" not in published.segments:
        return
    cards = published.rows(
        "select * from branch_scorecards order by branch_name, branch, survey_type, definition_version"
    )
    paths = _paths(cards)
    yield Page("branches.html", "Branches", "branches.html", {"types": _grouped(cards), "paths": paths})
    years = published.history("branch", YEAR)
    versions = [str(day) for day in published.changes_of_definition]
    stages: dict[str, list[Row]] = defaultdict(list)
    for row in published.newest("branch*journey_stage"):
        stages[row["branch"]].append({**row, "names": row["names"][1:]})
    of_branch: dict[str, list[Row]] = defaultdict(list)
    for card in cards:
        of_branch[card["branch"]].append(card)
    newest = {(row["survey_type"], row["branch"]): row for row in published.newest("branch")}
    of_company: dict[str, dict[tuple[str, ...], Row]] = defaultdict(dict)
    for row in published.newest("journey_stage"):
        of_company[row["survey_type"]][row["names"]] = row
    for branch, own in of_branch.items():
        types = []
        for card in own:
            year = shown(years.get((card["survey_type"], (branch,)), []))
            profile = [row for row in stages[branch] if row["survey_type"] == card["survey_type"]]
            types.append(
                {
                    "card": card,
                    "row": newest[card["survey_type"], branch],
                    "trend": charts.trend(over_time(year), versions) if len(year) > 1 else "",
                    "years": year,
                    "stages": profile,
                    "company": of_company[card["survey_type"]],
                    "profile": side_by_side(profile) if len(profile) > 1 else "",
                }
            )
        yield Page(paths[branch], own[0]["branch_name"] or branch, "branch.html", {"types": types})


def _grouped(cards: Sequence[Row]) -> list[dict[str, Any]]:
    """Survey types with their branches by standing, each group by name."""
    types = []
    for survey_type in sorted({card["survey_type"] for card in cards}):
        own = [card for card in cards if card["survey_type"] == survey_type]
        groups = [
            (standing, found)
            for standing in (*_GROUPS, _TOO_FEW)
            if (found := [card for card in own if (card["standing"] or _TOO_FEW) == standing])
        ]
        points = [
            {
                "name": card["branch_name"],
                "nps": card["pooled_nps"],
                "low": card["pooled_low"],
                "high": card["pooled_high"],
            }
            for _, found in groups
            for card in found
            if card["pooled_low"] is not None
        ]
        company = next((card["company_nps"] for card in own if card["company_nps"] is not None), None)
        chart = charts.intervals(points, company) if 0 < len(points) <= _MOST_IN_A_CHART else ""
        types.append({"survey_type": survey_type, "groups": groups, "chart": chart, "company_nps": company})
    return types


def _paths(cards: Sequence[Row]) -> dict[str, str]:
    """A file for each branch, named after it; a number tells two of one name apart."""
    found: dict[str, str] = {}
    for branch, name in sorted({(card["branch"], card["branch_name"] or card["branch"]) for card in cards}):
        base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "branch"
        slug, copy = base, 1
        while f"branches/{slug}.html" in found.values():
            copy += 1
            slug = f"{base}-{copy}"
        found[branch] = f"branches/{slug}.html"
    return found

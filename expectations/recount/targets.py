"""Whether targets are met, judged again from the recounted scores: `target_attainment`.

Written from docs/decisions/0097-targets.md. The targets are the company folder's, as the guard reads it.

Belongs here: verdicts on targets. Does not belong here: which scores are shown (`figures`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date
from statistics import NormalDist
from typing import NamedTuple, TypeAlias, TypeVar

import pyarrow.compute as pc

from expectations.definition import Version
from expectations.governed_tables import Row, tables
from expectations.recount.cells import ALL
from expectations.recount.figures import Figures
from expectations.recount.statistics import Floats

LEVEL = 0.05
MOST_ANSWERS = 1_000_000
_ADDED = 3  # of them a quarter promoters, a quarter detractors: the adjusted Wald interval
_SHOWN = ("indicative", "reportable")


class Attainment(NamedTuple):
    """A target beside its score, as it may be shown."""

    survey_type: str
    definition_version: str
    target_year: int
    branch: str
    journey_stage: str
    period_start: date
    period_end: date
    segment: str
    target_nps: float
    target_owner: str
    responses: int
    nps: float | None
    nps_low: float | None
    nps_high: float | None
    reportability: str
    targets_compared: int
    decisive_low: float | None
    decisive_high: float | None
    verdict: str
    answers_needed: int | None


KEY = Attainment._fields[:5]


class Score(NamedTuple):
    """The score of a year, as far as it is shown; counts are None where they are not."""

    branch: str
    promoters: float | None
    detractors: float | None
    responses: float
    nps: float | None
    nps_low: float | None
    nps_high: float | None
    reportability: str


Number = TypeVar("Number", float, Floats)
#: Survey type, version, first day of the year, segment, branch and stage (in lower case).
Place: TypeAlias = tuple[str, str, date, str, str, str]


def attainment(told: Figures, versions: Sequence[Version], as_of: date) -> list[Attainment]:
    """Every target of a year that has begun, by each version in force in it."""
    table = tables().get("nps_targets")
    if table is None or not table.rows:
        return []
    return judged(table.rows, scores(told), versions, as_of)


def scores(told: Figures) -> dict[Place, Score]:
    """The scores of calendar years."""
    if not len(told):
        return {}
    is_of_year = (pc.field("measure") == "in_period") & (pc.field("period_grain") == "year")
    return {
        (
            *(row["survey_type"], row["definition_version"], row["period_start"], row["segment"]),
            *(row["branch"].strip().lower(), row["journey_stage"].lower()),
        ): Score(**{name: row[name] for name in Score._fields})
        for row in told.as_table().filter(is_of_year).to_pylist()
        if row["segment"] in ("company", "branch", "journey_stage", "branch*journey_stage")
    }


def judged(
    targets: Sequence[Row], of_years: dict[Place, Score], versions: Sequence[Version], as_of: date
) -> list[Attainment]:
    """The rows, where the scores are known."""
    placed = [
        (target, version, place, of_years.get(place))
        for target in targets
        for version in versions
        if (place := _place(target, version, as_of)) is not None
    ]
    shown = Counter(_family(place) for *_, place, score in placed if score and score.nps is not None)
    return [
        _told(target, version, place, score, shown[_family(place)], as_of)
        for target, version, place, score in placed
    ]


def _family(place: Place) -> tuple[str, str, date]:
    return place[:3]


def _place(target: Row, version: Version, as_of: date) -> Place | None:
    """None where the version has no answers of the year up to as-of."""
    starts, ends = _year(target)
    until = date.max if version.valid_to is None else version.valid_to
    if max(starts, version.valid_from) >= min(ends, until, as_of):
        return None
    branch, stage = (ALL if target[name] == "*" else target[name] for name in ("branch", "journey_stage"))
    split = [name for name in ("branch", "journey_stage") if target[name] != "*"]
    segment = "*".join(split) or "company"
    return (target["survey_type"], version.version, starts, segment, branch.lower(), stage.lower())


def _year(target: Row) -> tuple[date, date]:
    year = int(target["target_year"])
    return date(year, 1, 1), date(year + 1, 1, 1)


def _told(
    target: Row, version: Version, place: Place, score: Score | None, compared: int, as_of: date
) -> Attainment:
    wanted, (starts, ends) = float(target["target_nps"]), _year(target)
    floor = next(int(minimum) for name, minimum in version.floors if name == "indicative")
    responses = int(score.responses) if score else 0
    low = high = needed = None
    verdict = "cannot be told" if ends <= as_of else "cannot be told yet"
    if score and score.reportability == "suppressed_for_others":
        verdict = "not shown"
    elif score is None or score.nps is None:
        needed = floor - responses
    else:
        assert score.promoters is not None
        assert score.detractors is not None
        middle, reach = bounds(score.promoters, score.detractors, responses, compared)
        wide = reach / so_far(starts, ends, as_of)
        low, high = max(-100.0, middle - wide), min(100.0, middle + wide)
        if low > wanted:
            verdict = "met"
        elif high < wanted:
            verdict = "missed"
        else:
            needed = more(middle - wanted, reach, responses)
    return Attainment(
        survey_type=place[0],
        definition_version=place[1],
        target_year=starts.year,
        branch=score.branch if score else ALL if target["branch"] == "*" else target["branch"],
        journey_stage=ALL if target["journey_stage"] == "*" else target["journey_stage"],
        period_start=starts,
        period_end=ends,
        segment=place[3],
        target_nps=wanted,
        target_owner=target["target_owner"],
        responses=responses,
        nps=score.nps if score else None,
        nps_low=score.nps_low if score else None,
        nps_high=score.nps_high if score else None,
        reportability=score.reportability if score else "suppressed",
        targets_compared=compared,
        decisive_low=low,
        decisive_high=high,
        verdict=verdict,
        answers_needed=needed if verdict == "cannot be told yet" else None,
    )


def bounds(promoters: Number, detractors: Number, responses: Number, compared: int) -> tuple[Number, Number]:
    """The middle of the interval of a whole year, and its half width.

    At 95 % of so many targets together (Bonferroni), and half of that, since it is looked at all the year. Of
    single counts, or of arrays of them.
    """
    n = responses + _ADDED
    up, down = (promoters + _ADDED / 4) / n, (detractors + _ADDED / 4) / n
    z = -NormalDist().inv_cdf(LEVEL / compared / 4)
    return 100 * (up - down), 100 * z * ((up + down - (up - down) ** 2) / n) ** 0.5


def so_far(starts: date, ends: date, as_of: date) -> float:
    """By what the width is divided while the year is not over (O'Brien & Fleming 1979)."""
    return math.sqrt(min(1.0, (as_of - starts).days / (ends - starts).days))


def more(distance: float, reach: float, responses: int) -> int | None:
    """Answers until half the width is the distance, which it is with n · (reach ÷ distance)² of them."""
    n = responses + _ADDED
    if reach**2 * n > distance**2 * MOST_ANSWERS:
        return None
    return max(0, math.ceil(n * (reach / distance) ** 2 - 1e-6) - n)

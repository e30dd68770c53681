"""Control charts of the company and its branches, drawn again from the recounted scores: `nps_control_chart`.

Written from docs/decisions/0097-targets.md. Sources: Page 1954 (CUSUM), Hawkins 1987 (self-starting).

Belongs here: the chart. Does not belong here: which counts are shown (`figures`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, TypeAlias

import pyarrow.compute as pc

from expectations.definition import Version
from expectations.recount.figures import Figures

GRAINS = {"company": "month", "branch": "quarter"}
ALLOWANCE, LIMIT = Decimal("0.5"), Decimal("4.774")
_DIGITS = Decimal("0.000001")
#: What a sum of binary fractions has lost in its last digit must not decide how it is rounded.
_NUDGE = 1e-9


class Charted(NamedTuple):
    """A period of a chart."""

    survey_type: str
    definition_version: str
    segment: str
    branch: str
    period_start: date
    period_grain: str
    period_end: date
    responses: int
    nps: float | None
    baseline_responses: int
    baseline_nps: float | None
    control_low: float | None
    control_high: float | None
    shift_z: float | None
    cusum_up: float | None
    cusum_down: float | None
    cusum_limit: float
    verdict: str
    shifted_since: date | None


KEY = Charted._fields[:5]
#: Survey type, version, segment, branch.
_Chart: TypeAlias = tuple[str, str, str, str]


class Counts(NamedTuple):
    """Counted answers."""

    promoters: int
    detractors: int
    responses: int

    def and_(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(*(one + another for one, another in zip(self, other, strict=True)))

    @property
    def score(self) -> float:
        return 100 * (self.promoters - self.detractors) / self.responses

    @property
    def variance(self) -> float:
        """Of one answer."""
        spread = (self.promoters + self.detractors) / self.responses
        return max(0.0, spread - ((self.promoters - self.detractors) / self.responses) ** 2)


def charts(told: Figures, versions: Sequence[Version], as_of: date) -> list[Charted]:
    """Every period of every chart."""
    if not len(told):
        return []
    floors = {each.version: int(dict(each.floors)["indicative"]) for each in versions}
    is_charted = (
        (pc.field("measure") == "in_period")
        & pc.field("promoters").is_valid()
        & (pc.field("period_end") <= as_of)
        & (pc.field("branch") != "Unassigned")
        & pc.field("segment").isin([*GRAINS])
    )
    periods: dict[_Chart, list[dict[str, Any]]] = defaultdict(list)
    for row in told.as_table().filter(is_charted).to_pylist():
        if row["period_grain"] == GRAINS[row["segment"]]:
            periods[row["survey_type"], row["definition_version"], row["segment"], row["branch"]].append(row)
    return [
        point
        for chart, rows in periods.items()
        for point in _chart(chart, sorted(rows, key=lambda row: row["period_start"]), floors[chart[1]])
    ]


def _chart(chart: _Chart, rows: Sequence[dict[str, Any]], floor: int) -> list[Charted]:
    earlier, sums = Counts(0, 0, 0), Sums()
    found = []
    for row in rows:
        counts = Counts(int(row["promoters"]), int(row["detractors"]), int(row["responses"]))
        z, error = compared(counts, earlier, floor)
        sums = sums.after(z, row["period_end"])
        verdict, since = sums.verdict() if z is not None else ("baseline", None)
        middle = earlier.score if earlier.responses else None
        low, high = (
            (max(-100.0, middle - 3 * error), min(100.0, middle + 3 * error))
            if error is not None and middle is not None
            else (None, None)
        )
        up, down = sums.shown(z)
        found.append(
            Charted(
                *chart,
                period_start=row["period_start"],
                period_grain=row["period_grain"],
                period_end=row["period_end"],
                responses=counts.responses,
                nps=row["nps"],
                baseline_responses=earlier.responses,
                baseline_nps=middle,
                control_low=low,
                control_high=high,
                shift_z=z,
                cusum_up=up,
                cusum_down=down,
                cusum_limit=float(LIMIT),
                verdict=verdict,
                shifted_since=since,
            )
        )
        earlier = earlier.and_(counts)
    return found


def compared(period: Counts, earlier: Counts, floor: int) -> tuple[float | None, float | None]:
    """How many standard errors a period is from those before it, to six decimals; and the standard error.

    None where those have fewer answers than the floor.
    """
    if earlier.responses < floor:
        return None, None
    per_answer = 1 / period.responses + 1 / earlier.responses
    error = 100 * math.sqrt(period.and_(earlier).variance * per_answer)
    if error == 0:
        return 0.0, error
    z = (period.score - earlier.score) / error
    return float(Decimal(z + _NUDGE).quantize(_DIGITS, ROUND_HALF_UP)), error


def _exact(z: float) -> Decimal:
    return Decimal(z).quantize(_DIGITS) - ALLOWANCE


class Sums(NamedTuple):
    """Page's sums upward and downward, and the end of the last period at which each was nothing."""

    up: Decimal = Decimal(0)
    down: Decimal = Decimal(0)
    up_since: date | None = None
    down_since: date | None = None

    def after(self, z: float | None, end: date) -> Sums:
        """The sums after one more period."""
        up, down = (
            (Decimal(0), Decimal(0))
            if z is None
            else (max(Decimal(0), self.up + _exact(z)), max(Decimal(0), self.down + _exact(-z)))
        )
        return Sums(up, down, self.up_since if up else end, self.down_since if down else end)

    def shown(self, z: float | None) -> tuple[float | None, float | None]:
        """Nothing of the first periods, which are compared with too few."""
        return (None, None) if z is None else (float(self.up), float(self.down))

    def verdict(self) -> tuple[str, date | None]:
        """What the sums say, and since when."""
        if self.up > LIMIT:
            return "shifted up", self.up_since
        return ("shifted down", self.down_since) if self.down > LIMIT else ("in control", None)

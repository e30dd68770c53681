"""What identifies a published figure, and the arithmetic from its counts to its score.

Every publication has the built-in `DIMENSIONS`. A company may declare more, from one publication to the next:
which a table of figures has, its columns say.

Belongs here: the key of `nps_scores`, its segments, the score and its interval in plain Python, for checks
without an engine. Does not belong here: calculating the published figures (`dbt_project`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

DIMENSIONS = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
ALL = "(all)"
"""The value of a dimension that does not split a row."""

SEGMENTS = (
    "company",
    *DIMENSIONS,
    "customer_value_tier*journey_stage",
    "branch*journey_stage",
    "customer_value_tier*branch",
)
PERIODS = ("month", "quarter", "year", "trailing_90d", "trailing_365d", "all_time")
MEASURES = ("in_period", "current_state")
_BEFORE = ("survey_type", "measure", "period_grain", "period_start", "period_end", "segment")
KEY = (*_BEFORE, *DIMENSIONS, "definition_version")
COUNTS = ("promoters", "passives", "detractors", "responses")

_SHORT_NAMES = {"value": "customer_value_tier", "tier": "customer_value_tier", "stage": "journey_stage"}
_Z = 1.959963984540054


def dimensions(columns: Iterable[str]) -> tuple[str, ...]:
    """The dimensions of a table of figures: its columns between segment and version of the definition."""
    names = list(columns)
    return tuple(names[names.index("segment") + 1 : names.index("definition_version")])


def key(columns: Iterable[str]) -> tuple[str, ...]:
    """The key of a table of figures, with all of its dimensions."""
    return (*_BEFORE, *dimensions(columns), "definition_version")


def segment_name(typed: str) -> str:
    """The published name of a segment as typed (`value*stage`, `branch, stage`)."""
    parts = typed.replace("×", "*").replace(",", "*").replace(" ", "").split("*")
    return "*".join(_SHORT_NAMES.get(part, part) for part in parts)


def split_by(segment: str) -> tuple[str, ...]:
    """The dimensions that split a segment's rows; none for the company."""
    return tuple(part for part in segment.split("*") if part != "company")


def score(promoters: int, passives: int, detractors: int) -> float:
    """The Net Promoter Score, −100..100, not rounded; needs at least one answer."""
    return 100 * (promoters - detractors) / (promoters + passives + detractors)


def interval(promoters: int, passives: int, detractors: int) -> tuple[float, float]:
    """Its 95 % interval, adjusted Wald (3, T) (Rocks 2016): adds ¾, 1½ and ¾ answers; clipped to ±100."""
    n = promoters + passives + detractors + 3
    p, d = (promoters + 0.75) / n, (detractors + 0.75) / n
    margin = _Z * math.sqrt((p + d - (p - d) ** 2) / n)
    return max(-100.0, 100 * (p - d - margin)), min(100.0, 100 * (p - d + margin))

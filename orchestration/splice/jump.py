"""Whether a score jumps where one tool takes over from another, beyond noise.

The test is Wald's of a difference of two means with unequal variances, as Welch's is, and an account is a
cluster of its answers: the influence of an account is what its answers add to either mean, so that accounts
that answered on both sides are not taken for two (the linearised variance of `fct_weighted_scores`, of a
difference). An answer without an account is a cluster of its own. p is two-sided, by the normal distribution;
below so many clusters on either side there is none.

Belongs here: the statistics. Does not belong here: which answers are on which side (`comparing.py`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

FEWEST_CLUSTERS = 30
Z = NormalDist().inv_cdf(0.975)


class Weighed(NamedTuple):
    """A counted answer: its account or, without one, its own key; and its weight, -100, 0 or 100."""

    cluster: str
    weight: int


Side = Sequence[Weighed]


@dataclass(frozen=True)
class Jump:
    """The scores on both sides, their difference with its standard error, interval and p; None where too few
    accounts answered to say."""

    before: float | None
    after: float | None
    answers: tuple[int, int]
    clusters: tuple[int, int]
    difference: float | None = None
    standard_error: float | None = None
    p: float | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """At 95 %."""
        if self.difference is None or self.standard_error is None:
            return None
        reach = Z * self.standard_error
        return self.difference - reach, self.difference + reach


def jump(before: Side, after: Side) -> Jump:
    """The difference of the score after and before."""
    sizes = (len(before), len(after))
    clusters = (len({each.cluster for each in before}), len({each.cluster for each in after}))
    first, second = (
        sum(each.weight for each in side) / len(side) if side else None for side in (before, after)
    )
    if first is None or second is None or min(clusters) < FEWEST_CLUSTERS:
        return Jump(first, second, sizes, clusters)
    contrast = _contrast((before, -1), (after, 1))
    return Jump(first, second, sizes, clusters, contrast.difference, contrast.standard_error, contrast.p)


class Contrast(NamedTuple):
    """A sum of scores, each added or taken off, with its standard error and p."""

    difference: float
    standard_error: float
    p: float


def beyond_season(now: tuple[Side, Side], year_before: tuple[Side, Side]) -> Contrast | None:
    """The jump less that between the same days of the year before; None where either cannot be tested."""
    if any(jump(*sides).difference is None for sides in (now, year_before)):
        return None
    return _contrast((now[0], -1), (now[1], 1), (year_before[0], 1), (year_before[1], -1))


def _contrast(*signed: tuple[Side, int]) -> Contrast:
    difference, influence = 0.0, defaultdict[str, float](float)
    for side, sign in signed:
        mean = sum(each.weight for each in side) / len(side)
        difference += sign * mean
        for cluster, weight in side:
            influence[cluster] += sign * (weight - mean) / len(side)
    squares = math.fsum(each * each for each in influence.values())
    error = math.sqrt(squares * len(influence) / (len(influence) - 1))
    return Contrast(difference, error, _p(difference, error))


def _p(difference: float, error: float) -> float:
    if not error:
        return 0.0 if difference else 1.0
    return 2 * NormalDist().cdf(-abs(difference / error))

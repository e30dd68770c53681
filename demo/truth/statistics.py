"""The arithmetic of scores, on whole columns: score, variance, interval, difference, false discoveries.

Belongs here: formulas with a name in the literature. Does not belong here: what is shown (`scores.py`), the
pooling of branches (`scorecards.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from typing import Self

import numpy as np

from demo.truth.definition import Z_95
from demo.truth.known import Floats, Ints


@dataclass(frozen=True)
class Tally:
    """Promoters, passives and detractors of many cells, one entry each; fractions after an adjustment."""

    promoters: Floats
    passives: Floats
    detractors: Floats

    @classmethod
    def of(cls, counts: Ints) -> Self:
        """From counts of shape (cells, 3)."""
        promoters, passives, detractors = counts.astype(np.float64).T
        return cls(promoters, passives, detractors)

    def __getitem__(self, cells: Ints) -> Tally:
        return Tally(self.promoters[cells], self.passives[cells], self.detractors[cells])

    def __sub__(self, other: Tally) -> Tally:
        return Tally(
            self.promoters - other.promoters,
            self.passives - other.passives,
            self.detractors - other.detractors,
        )

    @property
    def responses(self) -> Floats:
        """N = P + Pa + D."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> Floats:
        """p - d on -1..1; not a number for a cell without an answer."""
        with np.errstate(invalid="ignore"):
            return (self.promoters - self.detractors) / self.responses

    @property
    def variance(self) -> Floats:
        """V = p + d - (p - d)² of one answer (Rocks 2016)."""
        with np.errstate(invalid="ignore"):
            return (self.promoters + self.detractors) / self.responses - self.score**2

    @property
    def standard_error(self) -> Floats:
        """sqrt(V / N), not adjusted."""
        # All of one mind is a variance of nothing, also where the subtraction leaves a crumb below it.
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.maximum(self.variance, 0.0) / self.responses)

    @property
    def adjusted(self) -> Tally:
        """With the three answers that adjusted Wald (3, T) adds (Rocks 2016)."""
        return Tally(self.promoters + 0.75, self.passives + 1.5, self.detractors + 0.75)

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """Adjusted Wald (3, T) at 95 % on -1..1, clipped."""
        adjusted = self.adjusted
        half = Z_95 * adjusted.standard_error
        return np.maximum(adjusted.score - half, -1.0), np.minimum(adjusted.score + half, 1.0)


def difference(one: Tally, other: Tally) -> tuple[Floats, Floats]:
    """z of the difference of two independent scores, each adjusted, and its two-sided p."""
    one, other = one.adjusted, other.adjusted
    z = (one.score - other.score) / np.sqrt(one.variance / one.responses + other.variance / other.responses)
    return z, np.array([erfc(abs(each) / sqrt(2.0)) for each in z.tolist()], dtype=np.float64)


def false_discovery(p: Floats, family: Ints) -> Floats:
    """q of every p within its family (Benjamini and Hochberg 1995), in the order given."""
    q = np.empty_like(p)
    for members in (np.flatnonzero(family == each) for each in np.unique(family)):
        falling = members[np.argsort(-p[members], kind="stable")]
        rank = np.arange(len(falling), 0, -1)
        q[falling] = np.minimum.accumulate(p[falling] * len(falling) / rank)
    return q

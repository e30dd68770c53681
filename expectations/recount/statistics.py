"""The statistics of published scores, written from their sources over whole columns of counts.

Scores are on −100..100. Sources: Rocks 2016, arXiv 1601.07235 (variance, adjusted Wald (3, T)); the clip is
ours; Benjamini & Hochberg 1995; Wilson 1927. The normal distribution is the C library's `erfc`, good to the
last digit.

Belongs here: formulas. Does not belong here: which counts are compared with which (`cells`), what is
shown (`suppression`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Z = 1.959963984540054
_two_sided = np.frompyfunc(lambda z: math.erfc(abs(z) / math.sqrt(2)), 1, 1)


class Counts(NamedTuple):
    """Counted answers by band, a column each."""

    promoters: Integers
    passives: Integers
    detractors: Integers

    @property
    def responses(self) -> Integers:
        return self.promoters + self.passives + self.detractors

    def at(self, chosen: Any) -> Counts:
        """Those of some places, or where a mask is true."""
        return Counts(*(column[chosen] for column in self))


def nps(counts: Counts) -> Floats:
    """100 · (P − D) / N."""
    return 100.0 * (counts.promoters - counts.detractors) / counts.responses


def standard_error(counts: Counts) -> Floats:
    """100 · sqrt(V / N), V = p + d − (p − d)²."""
    n = counts.responses
    p, d = counts.promoters / n, counts.detractors / n
    return 100.0 * np.sqrt(np.maximum(p + d - (p - d) ** 2, 0.0) / n)


def adjusted(counts: Counts) -> tuple[Floats, Floats]:
    """Score and squared standard error on −1..1 with ¾, 1½ and ¾ answers more: adjusted Wald (3, T)."""
    n = counts.responses + 3.0
    p, d = (counts.promoters + 0.75) / n, (counts.detractors + 0.75) / n
    return p - d, (p + d - (p - d) ** 2) / n


def interval(counts: Counts) -> tuple[Floats, Floats]:
    """The 95 % interval, clipped to ±100."""
    score, squared = adjusted(counts)
    margin = Z * np.sqrt(squared)
    return np.maximum(-100.0, 100.0 * (score - margin)), np.minimum(100.0, 100.0 * (score + margin))


def difference(counts: Counts, other: Counts) -> Floats:
    """z of the difference of two adjusted scores."""
    (score, squared), (other_score, other_squared) = adjusted(counts), adjusted(other)
    return np.asarray((score - other_score) / np.sqrt(squared + other_squared))


def two_sided(z: Floats) -> Floats:
    """p-value of |z| under the standard normal distribution."""
    return _two_sided(z).astype(np.float64) if z.size else z


def false_discovery_rate(p_values: Floats, families: Integers) -> Floats:
    """Benjamini–Hochberg q-values: in each family the smallest p·m/rank among those at or above p."""
    order = np.lexsort((p_values, families))
    q_values = np.empty_like(p_values)
    for members in np.split(order, np.flatnonzero(np.diff(families[order])) + 1):
        raw = p_values[members] * members.size / np.arange(1, members.size + 1)
        q_values[members] = np.minimum.accumulate(raw[::-1])[::-1]
    return q_values


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    middle, square = count + Z * Z / 2, Z * Z
    reach = Z * math.sqrt(count * (total - count) / total + square / 4)
    return max(0.0, (middle - reach) / (total + square)), min(1.0, (middle + reach) / (total + square))

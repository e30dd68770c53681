"""What differs between cases in which somebody was in touch and others that are like them.

Cases are compared within strata, the strata weighted by n₁n₀ / (n₁ + n₀) as Mantel and Haenszel do (the
coefficient of a regression with a constant for each stratum). Answers of one account go together, so accounts
are left out one at a time (the cluster jackknife, CV3), and t has as many degrees of freedom as the side with
fewer accounts has accounts, less one. Sources: MacKinnon, Nielsen & Webb 2023 (CV3); Donald & Lang 2007
(degrees of freedom); Wallace 1959 (t as a normal deviate); Benjamini & Hochberg 1995.

Belongs here: the method, on arrays. Does not belong here: which cases, or what of them is compared
(`cli.effects_view`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from expectations.recount.statistics import Floats, Integers, Z, false_discovery_rate, two_sided

Truths: TypeAlias = npt.NDArray[np.bool_]
Key = TypeVar("Key")
#: Fewer on either side, where both are, tell nothing.
FEWEST_CASES: Final = 30
FEWEST_ACCOUNTS: Final = 10
NOMINAL_Q: Final = 0.05


class Sides(NamedTuple):
    """A place per case: whether it is on the first side, its outcome, and its stratum and account, numbered
    from 0."""

    is_first: Truths
    outcome: Floats
    stratum: Integers
    account: Integers


class Effect(NamedTuple):
    """First side less the other. Cases and accounts are those of strata that have both sides.

    The means are weighted alike, so that they differ by `difference`; 95 % interval. All but the numbers are
    None where too few can be compared, or nothing varies on either side.
    """

    cases: int
    other_cases: int
    accounts: int
    other_accounts: int
    mean: float | None = None
    other_mean: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    q_value: float | None = None

    @property
    def verdict(self) -> str:
        """higher, lower, not distinguishable, or cannot be told yet."""
        if self.q_value is None or self.difference is None:
            return "cannot be told yet"
        if self.q_value > NOMINAL_Q:
            return "not distinguishable"
        return "higher" if self.difference > 0 else "lower"

    @property
    def missing(self) -> tuple[int, int]:
        """How many cases are missing on each side before anything can be told; there may be accounts missing
        too, which are no fewer."""
        return (
            max(0, FEWEST_CASES - self.cases, FEWEST_ACCOUNTS - self.accounts),
            max(0, FEWEST_CASES - self.other_cases, FEWEST_ACCOUNTS - self.other_accounts),
        )


def effect(sides: Sides) -> Effect:
    """Compare both sides within strata. `q_value` is None: it is of several effects (`judged`)."""
    sides = _in_both(sides)
    first, other = sides.is_first, ~sides.is_first
    accounts, other_accounts = (int(np.unique(sides.account[side]).size) for side in (first, other))
    found = Effect(int(first.sum()), int(other.sum()), accounts, other_accounts)
    if any(found.missing):
        return found
    _, strata = np.unique(sides.stratum, return_inverse=True)
    count = int(strata.max()) + 1
    sums = _sums(sides, strata, count)
    weights = _weights(sums)
    mean, other_mean = (
        float((weights * sums[total] / sums[number]).sum() / weights.sum())
        for total, number in ((2, 0), (3, 1))
    )
    without = _without_each_account(sides, strata, sums)
    difference, freedom = mean - other_mean, min(accounts, other_accounts) - 1
    error = math.sqrt((without.size - 1) / without.size * float(((without - difference) ** 2).sum()))
    if not np.isfinite(error) or error == 0:
        return found
    reach = student(freedom) * error
    [p_value] = two_sided(np.array([deviate(difference / error, freedom)]))
    return found._replace(
        mean=mean,
        other_mean=other_mean,
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        p_value=float(p_value),
    )


def judged(effects: Mapping[Key, Effect]) -> dict[Key, Effect]:
    """The same with the q-value of each among all that could be told."""
    told = {key: each for key, each in effects.items() if each.p_value is not None}
    p_values = np.array([each.p_value for each in told.values()], np.float64)
    q_values = false_discovery_rate(p_values, np.zeros(p_values.size, np.int64)) if told else p_values
    corrected = dict(zip(told, q_values.tolist(), strict=True))
    return {key: each._replace(q_value=corrected.get(key)) for key, each in effects.items()}


def deviate(t: float, freedom: int) -> float:
    """The normal deviate that is as improbable as t; good to three digits from 5 degrees of freedom on."""
    size = (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom))
    return math.copysign(size, t)


def student(freedom: int) -> float:
    """The 97.5 % point of t: the inverse of `deviate`."""
    normal = Z * (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1(normal * normal / freedom))


def _in_both(sides: Sides) -> Sides:
    """The cases of strata in which there are both."""
    both = np.intersect1d(sides.stratum[sides.is_first], sides.stratum[~sides.is_first])
    chosen = np.isin(sides.stratum, both)
    return Sides(sides.is_first[chosen], sides.outcome[chosen], sides.stratum[chosen], sides.account[chosen])


def _sums(sides: Sides, place: Integers, count: int) -> Sequence[Floats]:
    """Cases and other cases, and the sums of their outcomes, by place."""
    first, other = sides.is_first.astype(np.float64), (~sides.is_first).astype(np.float64)
    parts = (first, other, first * sides.outcome, other * sides.outcome)
    return [np.bincount(place, part, count).astype(np.float64) for part in parts]


def _weights(sums: Sequence[Floats]) -> Floats:
    return np.asarray(sums[0] * sums[1] / np.maximum(sums[0] + sums[1], 1))


def _without_each_account(sides: Sides, strata: Integers, sums: Sequence[Floats]) -> Floats:
    """The difference without each account, in which only the strata of its cases change."""
    size = sums[0].size
    cells, place = np.unique(sides.account * size + strata, return_inverse=True)
    stratum, account = cells % size, np.unique(cells // size, return_inverse=True)[1]
    count = int(account.max()) + 1
    own = _sums(sides, place, cells.size)
    weight, part = _terms(sums)
    left = [total[stratum] - mine for total, mine in zip(sums, own, strict=True)]
    new_weight, new_part = _terms(left)
    weights = weight.sum() + np.bincount(account, new_weight - weight[stratum], count)
    parts = part.sum() + np.bincount(account, new_part - part[stratum], count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(parts / weights)


def _terms(sums: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Of each stratum its weight, and this times its difference; 0 where one side is empty."""
    n, others, total, other_total = sums
    whole = np.maximum(n + others, 1)
    return np.asarray(n * others / whole), np.asarray((total * others - other_total * n) / whole)

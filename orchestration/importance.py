"""How much each attribute of an answer tells of its score: shares of R², by Lindeman, Merenda and Gold.

The score is regressed on the attributes, each a group of dummies. What an attribute adds to R² depends on
which others are in already, so it is averaged over every order (LMG; the Shapley value). Sources: Lindeman,
Merenda & Gold 1980; Grömping 2007; Davison & Hinkley 1997, (5.5): normal interval, corrected for bias, of
accounts drawn with replacement.

Belongs here: the method, on arrays. Does not belong here: which answers, or how it is shown (`cli`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
#: Every draw takes 2 to this power of regressions, one for each set of attributes.
MOST_ATTRIBUTES = 9
_DRAWS = 200
_Z = 1.959963984540054
#: Members that follow from those of another attribute must not make the equations singular.
_RIDGE = 1e-9


class Importance(NamedTuple):
    """An attribute's part of the variance of scores, 0 to 1, less what chance gives; 95 % interval."""

    attribute: str
    share: float
    low: float
    high: float


def importance(
    scores: Floats, members: Mapping[str, Integers], account: Integers, seed: int
) -> list[Importance]:
    """Every attribute that has two members or more, the most important first.

    A place per answer: `scores`, the `members` of each attribute and `account`, both numbered from 0. The
    same `seed` gives the same numbers. Members draw a part to themselves by chance, the more the more there
    are: it is measured by the draws, taken off, and no share is below 0.

    Raises ValueError for more attributes than `MOST_ATTRIBUTES`, or fewer than two accounts.
    """
    sizes = {name: int(values.max(initial=0)) for name, values in members.items() if values.any()}
    accounts = int(account.max(initial=-1)) + 1
    if len(sizes) > MOST_ATTRIBUTES or accounts < 2:
        raise ValueError(
            f"importance needs 2 accounts and at most {MOST_ATTRIBUTES} attributes; there are {accounts} and"
            f" {len(sizes)}"
        )
    dummies = [members[name] == member for name, size in sizes.items() for member in range(1, size + 1)]
    design = np.column_stack([*dummies, scores]).astype(np.float64)
    groups = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    found = shares(design, groups, np.ones(len(scores)))
    rng, evenly = np.random.default_rng(seed), np.full(accounts, 1 / accounts)
    draws = (rng.multinomial(accounts, evenly)[account].astype(np.float64) for _ in range(_DRAWS))
    drawn = np.array([shares(design, groups, weights) for weights in draws])
    corrected, reach = 2 * found - drawn.mean(axis=0), _Z * drawn.std(axis=0, ddof=1)
    rows = np.maximum(0, [corrected, corrected - reach, corrected + reach]).T.tolist()
    told = [Importance(name, *row) for name, row in zip(sizes, rows, strict=True)]
    return sorted(told, key=lambda each: (-each.share, each.attribute))


def shares(design: Floats, groups: Integers, weights: Floats) -> Floats:
    """Each group's part of R². `design` has a column per dummy and the score last; `weights`: of answers."""
    count = int(groups.max(initial=-1)) + 1
    explained = _explained(design, groups, count, weights)
    parts = np.zeros(count)
    for chosen in range(2**count - 1):
        size = chosen.bit_count()
        orders = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
        for group in range(count):
            if not chosen >> group & 1:
                parts[group] += orders * (explained[chosen | 1 << group] - explained[chosen])
    return parts


def _explained(design: Floats, groups: Integers, count: int, weights: Floats) -> Floats:
    """R² of every set of groups; a set is the number whose binary digits they are."""
    centred = design - weights @ design / weights.sum()
    products: Any = (centred * weights[:, None]).T @ centred
    within, with_score, total = products[:-1, :-1], products[:-1, -1], products[-1, -1]
    found = np.zeros(2**count)
    if total <= 0:
        return found
    within = within + _RIDGE * max(1.0, float(np.trace(within))) * np.eye(len(within))
    for chosen in range(1, 2**count):
        places = np.flatnonzero(chosen >> groups & 1)
        coefficients = np.linalg.solve(within[np.ix_(places, places)], with_score[places])
        found[chosen] = with_score[places] @ coefficients / total
    return found

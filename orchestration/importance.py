"""How much each attribute of an answer tells of its score: shares of R², by Lindeman, Merenda and Gold.

The score is regressed on the attributes, each a group of dummies. What an attribute adds to R² depends on
which others are in already, so it is averaged over every order (LMG; the Shapley value). Sources: Lindeman,
Merenda & Gold 1980; Grömping 2007; Davison & Hinkley 1997, (5.5): normal interval, corrected for bias, of
accounts drawn with replacement.

Belongs here: the method, on arrays. Does not belong here: which answers, or how it is shown (`cli`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
#: There are 2 to this power of sets of attributes, each with its own R².
MOST_ATTRIBUTES = 9
_DRAWS = 200
_Z = 1.959963984540054
#: Members that follow from those of another attribute must not make the equations singular.
_RIDGE = 1e-9
#: Of the matrices of draws that are swept together, 32 MB.
_MOST_NUMBERS = 2**22


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
    of_each = [members[name] for name in sizes]
    drawn = np.random.default_rng(seed).multinomial(accounts, np.full(accounts, 1 / accounts), _DRAWS)
    groups, explained = [*sizes.values()], []
    width = sum(groups) + 1
    # the accounts as they are, and every draw of them; so many at a time as memory allows
    for several in np.array_split(
        np.vstack([np.ones(accounts), drawn]), math.ceil((1 + _DRAWS) * width**2 / _MOST_NUMBERS)
    ):
        weighed = [products(scores, of_each, groups, weights[account]) for weights in several]
        explained.append(shares(np.array(weighed), groups))
    found, *again = np.vstack(explained)
    corrected, reach = 2 * found - np.mean(again, axis=0), _Z * np.std(again, axis=0, ddof=1)
    rows = np.maximum(0, [corrected, corrected - reach, corrected + reach]).T.tolist()
    told = [Importance(name, *row) for name, row in zip(sizes, rows, strict=True)]
    return sorted(told, key=lambda each: (-each.share, each.attribute))


def products(scores: Floats, members: Sequence[Integers], sizes: Sequence[int], weights: Floats) -> Floats:
    """Sums of squares and products about the mean: of a dummy for each member from 1 to the attribute's size,
    one attribute after the other, and of the score, last. `weights`: of answers.

    A dummy is 0 or 1, so sums of products are counts of answers that have both members.
    """
    ends = np.cumsum([0, *sizes])
    found = np.zeros((ends[-1] + 1, ends[-1] + 1))
    sums = np.zeros(ends[-1] + 1)
    for one, size in enumerate(sizes):
        rows = slice(ends[one], ends[one + 1])
        sums[rows] = np.bincount(members[one], weights, size + 1)[1:]
        found[rows, -1] = found[-1, rows] = np.bincount(members[one], weights * scores, size + 1)[1:]
        found[rows, rows] = np.diag(sums[rows])
        for other in range(one):
            both = members[one] * (sizes[other] + 1) + members[other]
            counts = np.bincount(both, weights, (size + 1) * (sizes[other] + 1)).reshape(size + 1, -1)[1:, 1:]
            columns = slice(ends[other], ends[other + 1])
            found[rows, columns], found[columns, rows] = counts, counts.T
    sums[-1], found[-1, -1] = weights @ scores, weights @ scores**2
    about: Floats = found - np.outer(sums, sums) / weights.sum()
    return about


def shares(weighed: Floats, sizes: Sequence[int]) -> Floats:
    """Each attribute's part of R², a row for each of the `products`."""
    count = len(sizes)
    explained = _explained(weighed, sizes)
    sets = np.arange(2**count)
    orders = np.array(
        [math.factorial(size) * math.factorial(count - size - 1) for size in range(count)], np.float64
    ) / math.factorial(count)
    parts = np.zeros((len(weighed), count))
    for group in range(count):
        without = sets[sets >> group & 1 == 0]
        adds = explained[:, without | 1 << group] - explained[:, without]
        parts[:, group] = adds @ orders[[chosen.bit_count() for chosen in without.tolist()]]
    return parts


def _explained(weighed: Floats, sizes: Sequence[int]) -> Floats:
    """R² of every set of attributes; a set is the number whose binary digits they are.

    What a set leaves of the score is what is left when its attributes are swept out, one after the other
    (Schur complements: Golub & Van Loan 2013, 3.2). Sets that begin alike share their sweeps, and those with
    most members are first: what differs between most sets is small.
    """
    ends = np.cumsum([0, *sizes])
    order = sorted(range(len(sizes)), key=lambda group: -sizes[group])
    places = np.concatenate([*(np.arange(ends[each], ends[each + 1]) for each in order), [ends[-1]]])
    all_: Floats = weighed[:, places[:, None], places]
    spread = np.trace(all_[:, :-1, :-1], axis1=1, axis2=2)
    inner = np.arange(len(places) - 1)
    all_[:, inner, inner] += (_RIDGE * np.maximum(1.0, spread))[:, None]
    total = all_[:, -1, -1].copy()
    left = np.zeros((len(weighed), 2 ** len(sizes)))

    def sweep(rest: Floats, depth: int, chosen: int) -> None:
        if depth == len(order):
            left[:, chosen] = rest[:, 0, 0]
            return
        size = sizes[order[depth]]
        others = rest[:, size:, size:]
        sweep(others, depth + 1, chosen)
        across = rest[:, :size, size:]
        fitted = np.linalg.solve(rest[:, :size, :size], across)
        sweep(others - across.transpose(0, 2, 1) @ fitted, depth + 1, chosen | 1 << order[depth])

    sweep(all_, 0, 0)
    is_spread = (total > 0)[:, None]
    return np.where(is_spread, 1 - left / np.where(is_spread, total[:, None], 1.0), 0.0)

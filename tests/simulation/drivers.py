"""Shares of R² of companies whose shares are known: what is recovered, how often intervals hold the truth.

Plan and branch are of the account, channel and stage of the answer. Plan and channel matter, the others not.

Belongs here: companies with planted shares. Does not belong here: causes of detractors (`root_causes`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from orchestration.importance import Floats, Integers, importance

#: Attribute → its members' share of accounts (or answers) and their effect in points of the score.
PLANTED: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "plan": ((0.2, 0.3, 0.5), (2.0, 0.0, -0.8)),
    "channel": ((0.2, 0.4, 0.4), (1.0, 0.0, -0.5)),
    "branch": ((0.1,) * 10, (0.0,) * 10),
    "stage": ((0.25,) * 4, (0.0,) * 4),
}
_OF_ANSWERS = ("channel", "stage")
_BETWEEN, _WITHIN = 1.0, 1.5


def truth() -> dict[str, float]:
    """The attributes are independent, so a share is the variance of its effects over all variance."""
    variance = {
        name: float(np.dot(shares, np.square(effects)) - np.dot(shares, effects) ** 2)
        for name, (shares, effects) in PLANTED.items()
    }
    total = sum(variance.values()) + _BETWEEN**2 + _WITHIN**2
    return {name: value / total for name, value in variance.items()}


def company(
    accounts: int, answers: float, rng: np.random.Generator
) -> tuple[Floats, dict[str, Integers], Integers]:
    """Scores, members and accounts, a place per answer."""
    account = np.repeat(np.arange(accounts), 1 + rng.poisson(answers - 1, accounts))
    scores = 7 + rng.normal(0, _BETWEEN, accounts)[account] + rng.normal(0, _WITHIN, account.size)
    members = {}
    for name, (shares, effects) in PLANTED.items():
        size = account.size if name in _OF_ANSWERS else accounts
        drawn = rng.choice(len(shares), size, p=shares)
        members[name] = drawn if name in _OF_ANSWERS else drawn[account]
        scores = scores + np.array(effects)[members[name]]
    return scores, members, account


def measured(accounts: int, answers: float, companies: int, rng: np.random.Generator) -> pd.DataFrame:
    """A row per attribute: `truth`, mean `share`, `coverage` of the interval, and how often it begins above
    zero (`told`)."""
    known, rows = truth(), []
    for number in range(companies):
        for row in importance(*company(accounts, answers, rng), seed=number):
            held = row.low <= known[row.attribute] <= row.high
            rows.append((row.attribute, known[row.attribute], row.share, held, row.low > 0))
    table = pd.DataFrame(rows, columns=["attribute", "truth", "share", "coverage", "told"])
    return table.groupby("attribute", as_index=False).mean()

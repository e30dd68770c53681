"""Signals of manipulation: how often an innocent branch is named, and how often a planted one is found.

Belongs here: companies whose branches differ by themselves, of which one may cheat; and the shares of
companies in which somebody innocent, or the cheat, is named. The null model is the product's SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COMPANIES = 200
PLANTED = 50
"""Companies for each size of a cheat; what is planted needs no such precision."""
SIZES = (50, 100, 200, 400)
MOST_NAMED = 0.05
SMALLEST, LARGEST = 30, 400
"""Answers, invitations or people of a branch, evenly on the logarithm."""
BRANCHES = (6, 25)
SPIKED = 7
_SCORES = (0.02, 0.02, 0.02, 0.03, 0.03, 0.06, 0.08, 0.14, 0.18, 0.20, 0.22)


@dataclass(frozen=True)
class Signal:
    """Its usual rate, how far branches differ by themselves (standard deviation), and the rate of a cheat."""

    name: str
    rate: float
    spread: float
    cheat: float
    says: str


SIGNALS = (
    Signal("promoters", 0.42, 0.05, 0.71, "half of the others are talked into a 9 or 10"),
    Signal("flagged_answers", 0.06, 0.015, 0.25, "one answer in five is the branch's own"),
    Signal("bounced_invitations", 0.05, 0.01, 0.20, "three in twenty are made to bounce"),
    Signal("skipped_unhappy", 0.25, 0.05, 0.65, "half of the unhappy are not invited any more"),
)
SPIKE = Signal("score_spike", _SCORES[SPIKED], 0.0, 0.35, f"a quarter has a {SPIKED} selected beforehand")


def companies(count: int, cheats: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of `fct_integrity_counts`; where `cheats` is a size, branch 0 of each has it and cheats."""
    rows = []
    for number in range(count):
        branches = int(rng.integers(*BRANCHES))
        drawn = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), (len(SIGNALS) + 1, branches)))
        sizes = np.round(drawn).astype(np.int64)
        if cheats:
            sizes[:, 0] = cheats
        for signal, exposure in zip(SIGNALS, sizes[:-1], strict=True):
            rates = np.clip(rng.normal(signal.rate, signal.spread, branches), 0.002, 0.99)
            if cheats:
                rates[0] = signal.cheat
            rows += _rows(number, signal.name, None, rng.binomial(exposure, rates), exposure)
        given = _scores(sizes[-1], rng, is_spiked=bool(cheats))
        for score, observed in enumerate(given.T):
            rows += _rows(number, SPIKE.name, score, observed, sizes[-1])
    names = ["company", "signal", "subject", "score_value", "observed", "exposure"]
    return pd.DataFrame(rows, columns=names).astype({"score_value": "Int64"})


def _scores(sizes: NDArray[np.int64], rng: np.random.Generator, *, is_spiked: bool) -> NDArray[np.int64]:
    """Answers of each score; branches lean to the better or worse ones by themselves."""
    lean = np.exp(rng.normal(0.0, 0.04, (len(sizes), 1)) * (np.arange(11) - 7))
    shares = np.array(_SCORES) * lean
    shares /= shares.sum(axis=1, keepdims=True)
    if is_spiked:
        shares[0] *= 0.75
        shares[0, SPIKED] += 0.25
    return np.stack([rng.multinomial(size, share) for size, share in zip(sizes, shares, strict=True)])


def _rows(
    company: int, signal: str, score: int | None, observed: NDArray[np.int64], exposure: NDArray[np.int64]
) -> list[tuple[int, str, str, int | None, int, int]]:
    pairs = zip(observed.tolist(), exposure.tolist(), strict=True)
    return [(company, signal, str(at), score, *pair) for at, pair in enumerate(pairs)]


def named(verdicts: pd.DataFrame, count: int, *, is_innocent: bool) -> dict[str, float]:
    """Signal (and `any`) → the share of `count` companies that name a branch: any, or the cheat.

    `verdicts`: `company`, `signal`, `subject`, `verdict`.
    """
    found = verdicts[verdicts["verdict"] == "signal"]
    if not is_innocent:
        found = found[found["subject"] == "0"]
    names = [signal.name for signal in (*SIGNALS, SPIKE)]
    shares = {name: found.loc[found["signal"] == name, "company"].nunique() / count for name in names}
    return {"any": found["company"].nunique() / count, **shares}

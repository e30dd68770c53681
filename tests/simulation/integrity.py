"""Signals of manipulation: how often an innocent branch is named, and how often a planted one is found.

Belongs here: companies whose branches, surveys and times differ by themselves, of which one may cheat; and
the shares of companies in which somebody innocent, or the cheat, is named. The null model is the product's
SQL.
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
SURVEYS = (1, 5)
SLICES, QUARTERS = 9, 4
"""Stretches of a survey, the latest first; and those of a year beside the days before bonuses."""
BONUS_SHARE = (0.15, 0.4)
"""How many answers the days before bonuses have, beside a stretch of the others."""
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
    Signal("score_begging", 0.01, 0.003, 0.06, "one comment in twenty more says that a score was asked for"),
)
SPIKE = Signal("score_spike", _SCORES[SPIKED], 0.0, 0.35, f"a quarter has a {SPIKED} selected beforehand")
#: Here the spread is that of a subject's own times, seasons among them.
BONUS = Signal(
    "bonus_promoters", 0.42, 0.04, 0.71, "half of the others are talked into a 9 or 10 before bonuses"
)
OF_SURVEYS = (
    Signal("promoters", 0.42, 0.04, 0.71, "from some day on, half of the others are talked into a 9 or 10"),
    Signal("flagged_answers", 0.06, 0.015, 0.25, "from some day on, one answer in five is not a customer's"),
)
SURVEY_SPIKE = Signal(
    "score_spike", SPIKE.rate, 0.0, 0.35, f"from some day on, a quarter has a {SPIKED} selected"
)


def companies(count: int, cheats: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of `fct_integrity_counts`; where `cheats` is a size, subject 0 of each has it and cheats."""
    rows: list[_Row] = []
    for number in range(count):
        branches = int(rng.integers(*BRANCHES))
        for signal in SIGNALS:
            exposure = _sizes(branches, cheats, rng)
            observed = rng.binomial(exposure, _rates(signal, branches, cheats, rng))
            rows += _rows((number, signal.name, "branch"), None, None, observed, exposure)
        exposure = _sizes(branches, cheats, rng)
        for score, given in enumerate(_scores(exposure, rng, is_spiked=bool(cheats)).T):
            rows += _rows((number, SPIKE.name, "branch"), None, score, given, exposure)
        for branch in range(branches):
            rows += _around_bonuses(number, branch, cheats if branch == 0 else None, rng)
        for survey in range(int(rng.integers(*SURVEYS))):
            rows += _of_survey(number, survey, cheats if survey == 0 else None, rng)
    names = ["company", "signal", "subject_kind", "subject", "slice", "score_value", "observed", "exposure"]
    return pd.DataFrame(rows, columns=names).astype({"score_value": "Int64", "slice": "Int64"})


def _sizes(subjects: int, cheats: int | None, rng: np.random.Generator) -> NDArray[np.int64]:
    sizes = np.round(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), subjects))).astype(np.int64)
    if cheats:
        sizes[0] = cheats
    return sizes


def _rates(
    signal: Signal, subjects: int, cheats: int | None, rng: np.random.Generator
) -> NDArray[np.float64]:
    rates = np.clip(rng.normal(signal.rate, signal.spread, subjects), 0.002, 0.99)
    if cheats:
        rates[0] = signal.cheat
    return rates


def _around_bonuses(company: int, branch: int, cheats: int | None, rng: np.random.Generator) -> list[_Row]:
    """The days before bonuses and the other days of the year, for a branch that has enough of both."""
    share = rng.uniform(*BONUS_SHARE)
    other = cheats / share if cheats else float(_sizes(1, None, rng)[0])
    exposure = np.array([cheats or round(other * share), *[round(other)] * QUARTERS])
    rates = _rates(BONUS, QUARTERS + 1, cheats, rng) + rng.normal(0.0, SIGNALS[0].spread)
    observed = rng.binomial(exposure, np.clip(rates, 0.002, 0.99))
    found = _rows((company, BONUS.name, "branch"), branch, None, observed, exposure)
    return [row for row in found if row[-1] >= SMALLEST]


def _of_survey(company: int, survey: int, cheats: int | None, rng: np.random.Generator) -> list[_Row]:
    """All signals of one survey: its stretches are alike in size, and the latest may be a cheat's."""
    usual = cheats or int(_sizes(1, None, rng)[0])
    exposure = np.maximum(SMALLEST, rng.poisson(usual, SLICES))
    rows = []
    for signal in OF_SURVEYS:
        observed = rng.binomial(exposure, _rates(signal, SLICES, cheats, rng))
        rows += _rows((company, signal.name, "survey"), survey, None, observed, exposure)
    for score, given in enumerate(_scores(exposure, rng, is_spiked=bool(cheats)).T):
        rows += _rows((company, SURVEY_SPIKE.name, "survey"), survey, score, given, exposure)
    return rows


def _scores(sizes: NDArray[np.int64], rng: np.random.Generator, *, is_spiked: bool) -> NDArray[np.int64]:
    """Answers of each score; branches lean to the better or worse ones by themselves."""
    lean = np.exp(rng.normal(0.0, 0.04, (len(sizes), 1)) * (np.arange(11) - 7))
    shares = np.array(_SCORES) * lean
    shares /= shares.sum(axis=1, keepdims=True)
    if is_spiked:
        shares[0] *= 0.75
        shares[0, SPIKED] += 0.25
    return np.stack([rng.multinomial(size, share) for size, share in zip(sizes, shares, strict=True)])


_Row = tuple[int, str, str, str, int | None, int | None, int, int]


def _rows(
    what: tuple[int, str, str],
    sliced: int | None,
    score: int | None,
    observed: NDArray[np.int64],
    exposure: NDArray[np.int64],
) -> list[_Row]:
    """A row per subject; with `sliced`, a row per slice of that subject."""
    pairs = enumerate(zip(observed.tolist(), exposure.tolist(), strict=True))
    if sliced is None:
        return [(*what, str(at), None, score, *pair) for at, pair in pairs]
    return [(*what, str(sliced), at, score, *pair) for at, pair in pairs]


#: Kind of subject and signal → what is planted.
PLANTED_SIGNALS = {
    **{("branch", signal.name): signal for signal in (*SIGNALS, SPIKE, BONUS)},
    **{("survey", signal.name): signal for signal in (*OF_SURVEYS, SURVEY_SPIKE)},
}


def named(verdicts: pd.DataFrame, count: int, *, is_innocent: bool) -> dict[tuple[str, str], float]:
    """Kind and signal (and `any`) → the share of `count` companies that name somebody: any, or the cheat.

    `verdicts`: `company`, `subject_kind`, `signal`, `subject`, `verdict`.
    """
    found = verdicts[verdicts["verdict"] == "signal"]
    if not is_innocent:
        found = found[found["subject"] == "0"]
    shares = {
        (kind, name): found.loc[
            (found["signal"] == name) & (found["subject_kind"] == kind), "company"
        ].nunique()
        / count
        for kind, name in PLANTED_SIGNALS
    }
    return {("any", "any"): found["company"].nunique() / count, **shares}

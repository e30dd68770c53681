"""Effects of cases: whether one is said where there is none, found where there is one, and covered.

Whom somebody contacts depends on tier, stage and account, and so does what comes after; accounts have several
cases, which go together. Within tier and stage, contact and outcome share nothing but the planted effect.

Belongs here: companies with a known effect, and what is said of them. Does not belong here: the method
(`orchestration.effects`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import product

import numpy as np

from expectations.recount.statistics import Floats, Integers
from orchestration.effects import NOMINAL_Q, Effect, Sides, Truths, effect, judged

_TIERS, _STAGES, _TYPES = 4, 4, 3
_SHARES = (0.1, 0.2, 0.3, 0.4)
_CONTACTED = (0.8, 0.6, 0.4, 0.3)
ALL = -1
#: What is compared: a score, a share, and what an account keeps paying.
MEASURES = ("next_score", "better_band", "revenue_kept")


@dataclass(frozen=True)
class Scenario:
    """Accounts of a company, their mean number of cases, and what a contact does: points of the score, and
    a fifteenth of that as a share."""

    accounts: int
    cases: float
    points: float


#: Companies without an effect, and with one.
WITHOUT, WITH = 200, 30
#: One in twenty, and three standard errors of so many companies.
MOST_NAMED = NOMINAL_Q + 3 * (NOMINAL_Q * (1 - NOMINAL_Q) / WITHOUT) ** 0.5
#: Thirty companies tell the coverage to about two points.
LEAST_COVERED = 0.925

NOTHING = (Scenario(100, 4.0, 0.0), Scenario(300, 3.0, 0.0))
PLANTED = tuple(
    Scenario(accounts, cases, points)
    for accounts, cases in ((100, 4.0), (300, 3.0), (1_000, 3.0))
    for points in (0.5, 1.0)
)


@dataclass(frozen=True)
class Rates:
    """Shares of companies in which any verdict is given where nothing is planted (`named`), and in which the
    effect on the score of all rescues is found. Of single comparisons: p ≤ 0.05 (`single`) and an interval
    that holds the truth (`coverage`)."""

    scenario: Scenario
    named: float
    found: float
    single: float
    coverage: float


Row = tuple[int, int, str]


def company(scenario: Scenario, rng: np.random.Generator) -> dict[Row, Effect]:
    """Every comparison of a company by type, tier (or `ALL`) and measure, as the command makes them."""
    account = np.repeat(np.arange(scenario.accounts), 1 + rng.poisson(scenario.cases - 1, scenario.accounts))
    tier = rng.choice(_TIERS, scenario.accounts, p=_SHARES)[account]
    stage, kind = (rng.integers(0, size, account.size) for size in (_STAGES, _TYPES))
    usual = np.log(np.array(_CONTACTED) / (1 - np.array(_CONTACTED)))[tier] + 0.3 * (stage - 1.5)
    is_first = rng.random(account.size) < _logistic(usual + rng.normal(0, 1, scenario.accounts)[account])
    happy = 0.5 * tier - 0.3 * stage + rng.normal(0, 1, scenario.accounts)[account]
    effects = scenario.points * is_first
    score = 5 + happy + rng.normal(0, 1.5, account.size) + effects
    better = np.clip(0.35 + 0.08 * happy, 0.03, 0.83) + effects / 15
    kept = np.clip(0.7 + 0.08 * happy + rng.normal(0, 0.1, account.size), 0, 0.85) + effects / 15
    outcomes = (score, (rng.random(account.size) < better).astype(np.float64), kept)
    stratum = (kind * _TIERS + tier) * _STAGES + stage
    return judged(dict(_compared(kind, tier, outcomes, is_first, stratum, account)))


def _compared(
    kind: Integers,
    tier: Integers,
    outcomes: tuple[Floats, ...],
    is_first: Truths,
    stratum: Integers,
    account: Integers,
) -> list[tuple[Row, Effect]]:
    rows = []
    for of_kind, of_tier in product(range(_TYPES), (ALL, *range(_TIERS))):
        chosen = (kind == of_kind) & ((of_tier == ALL) | (tier == of_tier))
        for measure, outcome in zip(MEASURES, outcomes, strict=True):
            sides = Sides(is_first[chosen], outcome[chosen], stratum[chosen], account[chosen])
            rows.append(((of_kind, of_tier, measure), effect(sides)))
    return rows


def measured(scenario: Scenario, companies: int, rng: np.random.Generator) -> Rates:
    """What is said of companies of a scenario."""
    said = [_said(scenario, company(scenario, rng)) for _ in range(companies)]
    return Rates(scenario, *np.nanmean(said, axis=0).tolist())


def _said(scenario: Scenario, told: dict[Row, Effect]) -> tuple[float, float, float, float]:
    judged_rows = {row: each for row, each in told.items() if each.p_value is not None}
    p_values = np.array([each.p_value for each in judged_rows.values()], np.float64)
    truths = [scenario.points / (1 if measure == "next_score" else 15) for _, _, measure in judged_rows]
    bounds = np.array([(each.low, each.high) for each in judged_rows.values()], np.float64)
    held = (bounds[:, 0] <= truths) & (truths <= bounds[:, 1])
    verdicts = {each.verdict for each in told.values()}
    return (
        float(bool(verdicts & {"higher", "lower"})),
        float(told[0, ALL, "next_score"].verdict == "higher"),
        float((p_values <= NOMINAL_Q).mean()),
        float(held.mean()),
    )


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def report(rng: np.random.Generator) -> int:
    """Print the table and judge it; the exit code."""
    print("\nEffects of cases\n")
    print(
        "| accounts | points planted | it is found | any verdict | single | coverage |\n" + "|---" * 6 + "|"
    )
    effects = [measured(each, WITHOUT, rng) for each in NOTHING] + [
        measured(each, WITH, rng) for each in PLANTED
    ]
    for each in effects:
        planted = each.scenario.points or ""
        rates = (each.found if planted else None, each.named, each.single, each.coverage)
        shown = " | ".join("" if rate is None else f"{rate:.1%}" for rate in rates)
        print(f"| {each.scenario.accounts:,} | {planted} | {shown} |")
    return report_broken(effects)


def report_broken(effects: list[Rates]) -> int:
    """Name each scenario in which an effect is said that there is not, or intervals are too narrow; the exit
    code."""
    wrong = [
        each
        for each in effects
        if (each.scenario.points == 0 and each.named > MOST_NAMED) or each.coverage < LEAST_COVERED
    ]
    for each in wrong:
        print(f"\nBROKEN: effects of cases: {each}", file=sys.stderr)
    return 1 if wrong else 0

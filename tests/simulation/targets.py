"""How often targets are called wrongly met or missed, how often control charts signal without a shift, and
how soon with one.

The verdicts are the recount's, with which every refresh compares the published ones.

Belongs here: companies and series whose truth is known, and what is said of them. Does not belong here: other
verdicts (`discoveries`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expectations.recount import control, targets

#: Shares of promoters and detractors: an NPS of 30.
SHARES = (0.5, 0.2)
NPS = 100 * (SHARES[0] - SHARES[1])
#: Weeks of a year.
LOOKS = 52
FLOOR = 30
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """A company's targets, answers to each in a year, and by how many points the truth is above them.

    A share `alike` of answers repeats another one of its account.
    """

    targets: int
    answers: int
    above: float = 0.0
    alike: float = 0.0


SCENARIOS = (
    *(Scenario(each, 200) for each in (1, 5, 20)),
    *(Scenario(20, each) for each in (40, 1_000)),
    Scenario(20, 200, alike=0.3),
    *(Scenario(20, each, 10.0) for each in (200, 1_000)),
    *(Scenario(20, each, 20.0) for each in (200, 1_000)),
)


@dataclass(frozen=True)
class Rates:
    """Shares of companies with a wrong verdict at the end of the year (`wrong`) and in any week of it
    (`ever`), and of targets that are told at its end."""

    scenario: Scenario
    wrong: float
    ever: float
    told: float


def measured(scenario: Scenario, companies: int, rng: np.random.Generator) -> Rates:
    """Companies that look at targets every week. Where the truth is the target, any verdict is wrong."""
    size = (companies, scenario.targets, LOOKS)
    fresh = rng.poisson(scenario.answers * (1 - scenario.alike) / LOOKS, size)
    bands = rng.multinomial(fresh, (*SHARES, 1 - sum(SHARES)))
    if scenario.alike:
        bands += rng.binomial(bands, scenario.alike / (1 - scenario.alike))
    counts = bands.cumsum(axis=2)
    middle, reach = targets.bounds(counts[..., 0], counts[..., 1], counts.sum(axis=-1), scenario.targets)
    wanted = NPS - scenario.above
    wide = reach / np.sqrt(np.arange(1, LOOKS + 1) / LOOKS)
    verdicts = np.where(middle - wide > wanted, 1, np.where(middle + wide < wanted, -1, 0))
    verdicts[counts.sum(axis=-1) < FLOOR] = 0
    is_wrong = verdicts != 0 if scenario.above == 0 else verdicts == -np.sign(scenario.above)
    told = verdicts[..., -1] == np.sign(scenario.above) if scenario.above else verdicts[..., -1] != 0
    return Rates(
        scenario,
        float(is_wrong[..., -1].any(axis=1).mean()),
        float(is_wrong.any(axis=(1, 2)).mean()),
        float(told.mean()),
    )


def run_lengths(
    answers: int, series: int, periods: int, rng: np.random.Generator, shift: float = 0.0, before: int = 0
) -> Floats:
    """Periods until the chart of each series signals; not a number where it does not in so many.

    After `before` periods without a shift, which do not count, the score rises by `shift` points. A series
    that signals before is left out.
    """
    up, down = SHARES
    early = rng.multinomial(answers, (up, down, 1 - up - down), size=(series, before + 1))
    moved = (up + shift / 200, down - shift / 200)
    late = rng.multinomial(answers, (*moved, 1 - sum(moved)), size=(series, periods))
    counts = np.concatenate([early, late], axis=1).astype(np.float64)
    signals = signalled(counts[..., 0], counts[..., 1], counts.sum(axis=-1))
    signals = signals[~signals[:, : before + 1].any(axis=1), before + 1 :]
    first = signals.argmax(axis=1) + 1.0
    return np.where(signals.any(axis=1), first, np.nan)


def signalled(promoters: Floats, detractors: Floats, responses: Floats) -> npt.NDArray[np.bool_]:
    """Where the chart of each row signals: the recount's formula over all series at once."""
    earlier = [np.cumsum(each, axis=1) - each for each in (promoters, detractors, responses)]
    there = earlier[2] > 0
    base = np.where(there, earlier[2], 1.0)
    total = earlier[2] + responses
    rise, fall = (earlier[0] + promoters) / total, (earlier[1] + detractors) / total
    error = np.sqrt((rise + fall - (rise - fall) ** 2) * (1 / responses + 1 / base))
    apart = (promoters - detractors) / responses - (earlier[0] - earlier[1]) / base
    z = np.where(there & (error > 0), apart / np.where(error > 0, error, 1.0), 0.0)
    allowance, limit = float(control.ALLOWANCE), float(control.LIMIT)
    sums = np.zeros((2, len(z)))
    found = np.zeros(z.shape, np.bool_)
    for period in range(z.shape[1]):
        sums = np.maximum(0.0, sums + np.array([z[:, period], -z[:, period]]) - allowance)
        found[:, period] = (sums > limit).any(axis=0)
    return found


def mean_run(lengths: Floats, periods: int) -> float:
    """The average run length where runs that outlast the simulation are cut off: periods ÷ signals."""
    return float(np.where(np.isnan(lengths), periods, lengths).sum() / (~np.isnan(lengths)).sum())


#: Companies a scenario, series of a chart, and their periods.
COMPANIES, SERIES, PERIODS = 1_000, 1_000, 2_000
NOMINAL = 0.05
#: Three standard errors of the simulation, and what few answers do to an interval (docs/simulation.md).
_ALLOWED_EVER = 0.08
_RUNS = (300.0, 450.0)


def report(rng: np.random.Generator) -> int:
    """Print both tables, and name every promise that was not kept; the exit code."""
    print("\nTargets (verdicts met or missed)\n")
    print("| targets | answers | truth above, points | repeated | wrong at the end | in any week | told |")
    print("|---|---|---|---|---|---|---|")
    broken = []
    for scenario in SCENARIOS:
        rates = measured(scenario, COMPANIES, rng)
        print(
            f"| {scenario.targets} | {scenario.answers:,} | {scenario.above:g} | {scenario.alike:.0%}"
            f" | {rates.wrong:.1%} | {rates.ever:.1%} | {rates.told:.1%} |"
        )
        if not scenario.alike and (rates.wrong > NOMINAL or rates.ever > _ALLOWED_EVER):
            broken.append(str(rates))
    print("\nControl charts (periods until a signal)\n")
    print("| answers a period | without a shift | 10 points: within 4, 8 | 20 points | 30 points |")
    print("|---|---|---|---|---|")
    for answers in (10, 30, 100, 500):
        usual = mean_run(run_lengths(answers, SERIES, PERIODS, rng), PERIODS)
        soon = [run_lengths(answers, SERIES, 60, rng, shift, before=12) for shift in (10.0, 20.0, 30.0)]
        seen = (f"{(runs <= 4).mean():.0%}, {(runs <= 8).mean():.0%}" for runs in soon)
        print(f"| {answers} | {usual:.0f} | {' | '.join(seen)} |")
        if not _RUNS[0] < usual < _RUNS[1]:
            broken.append(f"a chart of {answers} answers a period signals every {usual:.0f} periods")
    for each in broken:
        print(f"\nBROKEN: {each}", file=sys.stderr)
    return 1 if broken else 0

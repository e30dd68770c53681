"""What is said of the promoters of branches above the others, where they are like all others and where one
topic is theirs.

Comments mention several topics, which go together: some people write of everything, some branches' people
write more. The test is the recount's, with which every refresh compares the published one.

Belongs here: companies whose truth is known, and what is said of them. Does not belong here: other verdicts
(`discoveries`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expectations.recount import practice, statistics

NOMINAL_Q = 0.05
BRANCHES, ABOVE = 20, 3
#: Share of comments that mention each topic.
TOPICS = (0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.08, 0.05)
#: The topic that is planted in the first branch above the others.
THEIRS = 3
#: Mentions, and comments without one: fewer are not published.
_FLOOR = 5
#: How people differ in how much they write, and branches (standard deviations in log odds).
_TALKATIVE, _CUSTOM = 0.7, 0.3


@dataclass(frozen=True)
class Scenario:
    """Mean comments by promoters of a branch, and by what the odds of its topic are multiplied.

    A share `alike` of comments repeats what another one of the branch mentions, as one account's people do.
    """

    comments: int
    odds: float = 1.0
    alike: float = 0.0


SCENARIOS = (
    *(Scenario(each) for each in (30, 100, 400)),
    Scenario(100, alike=0.3),
    *(Scenario(comments, odds) for comments in (100, 400) for odds in (2.0, 4.0)),
)
COMPANIES = 1_000


@dataclass(frozen=True)
class Rates:
    """Shares of companies in which a topic that is nobody's is called `more` (`innocent`) or has any verdict,
    and in which the branch's own is found; of single tests with p ≤ 0.05 where nothing is planted."""

    scenario: Scenario
    innocent: float
    any_verdict: float
    found: float
    single: float


def measured(scenario: Scenario, companies: int, rng: np.random.Generator) -> Rates:
    """What is said of companies of a scenario."""
    told = np.array([_said(scenario, mentions(scenario, rng)) for _ in range(companies)])
    innocent, any_verdict, found, small, tests = told.mean(axis=0).tolist()
    return Rates(scenario, innocent, any_verdict, found, small / max(1.0, tests))


def mentions(scenario: Scenario, rng: np.random.Generator) -> list[npt.NDArray[np.bool_]]:
    """Of each branch: a row per promoter's comment, a column per topic."""
    base = np.log(np.array(TOPICS) / (1 - np.array(TOPICS)))
    found = []
    for branch in range(BRANCHES):
        size = 1 + rng.poisson(scenario.comments * rng.gamma(4.0, 0.25))
        talkative = _TALKATIVE * rng.normal(size=(size, 1)) + _CUSTOM * rng.normal()
        odds = base + talkative
        odds[:, THEIRS] += np.log(scenario.odds) * (branch == 0)
        said = rng.random(odds.shape) < 1 / (1 + np.exp(-odds))
        repeats = rng.random(size) < scenario.alike
        said[repeats] = said[rng.integers(0, size, int(repeats.sum()))]
        found.append(said)
    return found


def _said(scenario: Scenario, company: list[npt.NDArray[np.bool_]]) -> tuple[float, ...]:
    counts = np.array([branch.sum(axis=0) for branch in company], np.float64)
    sizes = np.array([len(branch) for branch in company])
    every = counts.sum(axis=0)
    z, is_theirs = [], []
    for branch in range(ABOVE):
        own = counts[branch]
        shown = np.minimum(own, sizes[branch] - own) >= _FLOOR
        if shown.sum() > 1:
            odds, errors = practice.log_odds(own[shown], every[shown])
            z += (odds / errors).tolist()
            is_theirs += [branch == 0 and topic == THEIRS for topic in np.flatnonzero(shown)]
    if not z:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    values, theirs = np.array(z), np.array(is_theirs) & (scenario.odds != 1)
    p_values = statistics.two_sided(values)
    named = statistics.false_discovery_rate(p_values, np.zeros(len(z), np.int64)) <= NOMINAL_Q
    return (
        float((named & (values > 0) & ~theirs).any()),
        float((named & ~theirs).any()),
        float((named & (values > 0) & theirs).any()),
        float((p_values <= NOMINAL_Q).sum()),
        float(len(z)),
    )


def report(rng: np.random.Generator, companies: int = COMPANIES) -> int:
    """Print the table, and name every promise that was not kept; the exit code."""
    print("\nBest practice (verdict more or fewer)\n")
    print(
        "| comments | planted odds | repeated | it is found | another is called more | any verdict on another"
        " | single tests at p ≤ 0.05 |"
    )
    print("|---|---|---|---|---|---|---|")
    broken = []
    for scenario in SCENARIOS:
        rates = measured(scenario, companies, rng)
        is_planted = scenario.odds != 1
        print(
            f"| {scenario.comments} | {f'× {scenario.odds:.0f}' if is_planted else 'none'}"
            f" | {scenario.alike:.0%} | {f'{rates.found:.0%}' if is_planted else ''}"
            f" | {rates.innocent:.1%} | {rates.any_verdict:.1%} | {rates.single:.1%} |"
        )
        if is_broken(rates):
            broken.append(str(rates))
    for each in broken:
        print(f"\nBROKEN: {each}", file=sys.stderr)
    return 1 if broken else 0


def is_broken(rates: Rates) -> bool:
    """Whether, with nothing planted and nothing repeated, more than one company in twenty has a verdict."""
    is_promised = rates.scenario.odds == 1 and not rates.scenario.alike
    return is_promised and rates.any_verdict > NOMINAL_Q

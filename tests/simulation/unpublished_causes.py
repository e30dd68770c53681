"""Whether somebody innocent is named as a cause, of what only the working file tells: employees first of all.

Companies in which no employee, owner, cohort or time in a stage is a cause, and one branch is: its odds of a
detractor are twice the others'. Its people must not be blamed for it.

Belongs here: such companies, and how many name somebody. Does not belong here: the published attributes
(`root_causes`).
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from expectations.recount import root_causes, statistics
from tests.simulation.root_causes import FLOOR, NOMINAL_Q, SHARES

ACCOUNTS, ANSWERS, EMPLOYEES, BRANCHES, COHORTS = 300, 5.0, 30, 20, 12
COMPANIES = 200
_BETWEEN, _OF_BAD_BRANCH, _BASE = 1.0, 2.0, -1.2


class Named(NamedTuple):
    """Shares of companies in which a value is called a cause: any, and an employee or owner."""

    anything: float
    staff: float


def measured(companies: int, rng: np.random.Generator) -> Named:
    """What is said of so many companies."""
    return Named(*np.mean([_named(rng) for _ in range(companies)], axis=0))


def report(rng: np.random.Generator) -> int:
    """Print how often somebody innocent is named, and judge it; the exit code."""
    named = measured(COMPANIES, rng)
    print(f"\nUnpublished causes: {named.anything:.1%} name a value, {named.staff:.1%} a person")
    return report_broken(named)


def report_broken(named: Named) -> int:
    """Whether somebody innocent is named too often; the exit code."""
    if named.anything <= NOMINAL_Q:
        return 0
    print(f"\nBROKEN: innocent values of unpublished attributes: {named}", file=sys.stderr)
    return 1


def _named(rng: np.random.Generator) -> tuple[bool, bool]:
    often = np.minimum(1 + rng.poisson(rng.gamma(1.0, ANSWERS - 1, ACCOUNTS)), 60)
    account = np.repeat(np.arange(ACCOUNTS), often)
    size = account.size
    stage = rng.choice(4, size, p=SHARES["journey_stage"])
    tier = rng.choice(4, ACCOUNTS, p=SHARES["customer_value_tier"])[account]
    branch, owner = (rng.integers(0, count, ACCOUNTS)[account] for count in (BRANCHES, EMPLOYEES))
    employee = np.where(rng.random(size) < 0.8, owner, rng.integers(0, EMPLOYEES, size))
    colleagues, alike = branch * 4 + stage, tier * 4 + stage
    attributes = (
        *((employee, colleagues), (owner, colleagues)),
        *(
            (rng.integers(0, COHORTS, ACCOUNTS)[account], alike),
            (stage * 3 + rng.integers(0, 3, size), alike),
        ),
    )
    log_odds = _BASE + _BETWEEN * rng.normal(size=ACCOUNTS)[account] + np.log(_OF_BAD_BRANCH) * (branch == 0)
    is_detractor = rng.random(size) < 1 / (1 + np.exp(-log_odds))
    found = [
        (place < 2, tested.z)
        for place, (values, stratum) in enumerate(attributes)
        for value in range(int(values.max()) + 1)
        if (tested := root_causes.compared(values == value, is_detractor, stratum, account, FLOOR))
    ]
    is_staff, z = np.array([each[0] for each in found]), np.array([each[1] for each in found])
    q_values = statistics.false_discovery_rate(statistics.two_sided(z), np.zeros(z.size, np.int64))
    named = (q_values <= NOMINAL_Q) & (z > 0)
    return bool(named.any()), bool((named & is_staff).any())

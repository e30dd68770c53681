"""Who is named as a cause of detractors, where nothing is one and where one value is.

Answers of an account go together, and six attributes are drawn: four of the account, two of the answer. The
test is the recount's, with which every refresh compares the published one.

Belongs here: companies with a known cause, and what is said of them. Does not belong here: other verdicts
(`discoveries`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from expectations.recount import root_causes, statistics
from expectations.recount.statistics import Integers

NOMINAL_Q = 0.05
FLOOR = 30.0
CAUSE, CULPRIT = "onboarding", 0
#: Members of each attribute, by their share of accounts (of answers: stage and channel).
SHARES: Mapping[str, tuple[float, ...]] = {
    "customer_value_tier": (0.1, 0.2, 0.3, 0.4),
    "journey_stage": (0.15, 0.25, 0.3, 0.3),
    "branch": (0.05,) * 20,
    "plan": (0.2, 0.3, 0.5),
    "channel": (0.1, 0.3, 0.6),
    CAUSE: (0.125,) * 8,
}
_OF_ANSWERS = ("journey_stage", "channel")
_BASE, _BETWEEN = -1.2, 1.0
_MOST_ANSWERS = 60


@dataclass(frozen=True)
class Scenario:
    """Accounts of a company, their mean number of answers, and by what the culprit multiplies the odds."""

    accounts: int
    answers: float
    odds: float


#: Without a cause, and with one of that strength.
NOTHING = (Scenario(100, 8.0, 1.0), Scenario(300, 5.0, 1.0))
PLANTED = tuple(
    Scenario(accounts, answers, odds)
    for accounts, answers in ((100, 8.0), (300, 5.0), (1_000, 4.0))
    for odds in (2.0, 4.0)
)


@dataclass(frozen=True)
class Rates:
    """Shares of companies in which an innocent value is called a cause (`more`), in which one has any
    verdict, and in which the culprit is found.

    Of tests of innocent values: p ≤ 0.05 (`single`), and an interval of the odds ratio that holds 1
    (`coverage`).
    """

    scenario: Scenario
    innocent: float
    any_verdict: float
    found: float
    single: float
    coverage: float


@dataclass(frozen=True)
class Company:
    """A place per answer: members of each attribute, account, and whether it is a detractor."""

    members: Mapping[str, Integers]
    account: Integers
    is_detractor: npt.NDArray[np.bool_]


def company(scenario: Scenario, rng: np.random.Generator) -> Company:
    """Accounts differ (standard deviation 1 in log odds), and answer more or less often."""
    often = rng.poisson(rng.gamma(1.0, scenario.answers - 1, scenario.accounts))
    account = np.repeat(np.arange(scenario.accounts), np.minimum(1 + often, _MOST_ANSWERS))
    members = {
        name: rng.choice(len(shares), account.size, p=shares)
        if name in _OF_ANSWERS
        else rng.choice(len(shares), scenario.accounts, p=shares)[account]
        for name, shares in SHARES.items()
    }
    log_odds = _BASE + _BETWEEN * rng.normal(size=scenario.accounts)[account]
    log_odds += np.log(scenario.odds) * (members[CAUSE] == CULPRIT)
    return Company(members, account, rng.random(account.size) < 1 / (1 + np.exp(-log_odds)))


def tested(made: Company) -> pd.DataFrame:
    """`attribute`, `value`, `z`, `odds_ratio`, `log_error` of every value that has a test, and `q_value`."""
    rows = []
    for name, values in made.members.items():
        others = [made.members[each] for each in root_causes.STRATA if each != name]
        stratum = sum((each * 100**place for place, each in enumerate(others)), np.zeros_like(values))
        for value in range(len(SHARES[name])):
            found = root_causes.compared(values == value, made.is_detractor, stratum, made.account, FLOOR)
            if found:
                rows.append((name, value, *found))
    table = pd.DataFrame(rows, columns=["attribute", "value", "z", "odds_ratio", "log_error"])
    table["p_value"] = statistics.two_sided(table["z"].to_numpy(np.float64))
    family = np.zeros(len(table), np.int64)
    table["q_value"] = statistics.false_discovery_rate(table["p_value"].to_numpy(), family)
    return table


def measured(scenario: Scenario, companies: int, rng: np.random.Generator) -> Rates:
    """What is said of companies of a scenario."""
    tables = [tested(company(scenario, rng)) for _ in range(companies)]
    return Rates(scenario, *np.mean([_said(scenario, table) for table in tables], axis=0))


def _said(scenario: Scenario, table: pd.DataFrame) -> tuple[float, ...]:
    """Of one company. Values beside the culprit's are compared with it among others: they truly are fewer."""
    beside = (table["attribute"] == CAUSE) & (scenario.odds != 1)
    culprit = beside & (table["value"] == CULPRIT)
    is_named, is_more = table["q_value"] <= NOMINAL_Q, table["z"] > 0
    innocent = table[~beside & table["odds_ratio"].notna()].astype({"odds_ratio": float, "log_error": float})
    reach = statistics.Z * innocent["log_error"]
    return (
        float((is_named & is_more & ~culprit).any()),
        float((is_named & ~beside).any()),
        float((is_named & is_more & culprit).any()),
        float((innocent["p_value"] <= NOMINAL_Q).mean()),
        float((np.log(innocent["odds_ratio"]).abs() <= reach).mean()),
    )

"""False discoveries: how often a flagged change, or a branch called above or below, is none.

Belongs here: companies whose branches truly differ, or truly changed, by a planted amount; and the shares of
verdicts that contradict it. Branches that differ come in pairs of equal size and opposite sign, so that a
branch without an effect has exactly the score of the rest of its company.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BRANCHES = 40
NOMINAL_Q = 0.05
SHAPE = (0.45, 0.30, 0.25)
"""Shares of promoters, passives, detractors where nothing was planted: NPS 20."""
SMALLEST, LARGEST = 5, 600
"""Answers a branch: drawn evenly on the logarithm between them."""


@dataclass(frozen=True)
class Scenario:
    """What is planted: the share of branches with an effect (of 40, in pairs) and its size in points."""

    name: str
    share: float
    points: float


SCENARIOS = (
    Scenario("nothing differs", 0.0, 0.0),
    Scenario("one in ten, 10 points", 0.1, 10.0),
    Scenario("one in ten, 25 points", 0.1, 25.0),
    Scenario("three in ten, 10 points", 0.3, 10.0),
    Scenario("three in ten, 25 points", 0.3, 25.0),
)


@dataclass(frozen=True)
class Rates:
    """What came of a scenario's verdicts; shares are 0..1.

    `false_discoveries`: mean over companies of false verdicts ÷ verdicts (0 where none was given).
    `any_false`: share of companies with at least one. `single`: share of the branches without an effect
    whose own p-value, taken alone, is at most 0.05. `power`: share of the planted effects that were found.
    """

    scenario: Scenario
    companies: int
    false_discoveries: float
    any_false: float
    single: float
    power: float | None


def effects(scenario: Scenario) -> NDArray[np.float64]:
    """Planted points of each of the branches, in pairs of opposite sign."""
    planted = np.zeros(BRANCHES)
    pairs = round(scenario.share * BRANCHES / 2)
    planted[: 2 * pairs] = np.tile([scenario.points, -scenario.points], pairs)
    return planted


def sizes(companies: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Answers of every branch, companies × branches; two neighbours are a pair of equal size."""
    drawn = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), size=(companies, BRANCHES // 2)))
    return np.repeat(np.round(drawn).astype(np.int64), 2, axis=1)


def draw(
    companies: int, planted: NDArray[np.float64], answers: NDArray[np.int64], rng: np.random.Generator
) -> pd.DataFrame:
    """Counts of every branch: `company`, `branch`, `promoters`, `passives`, `detractors`."""
    moved = planted / 200
    shares = np.stack([SHAPE[0] + moved, np.full(BRANCHES, SHAPE[1]), SHAPE[2] - moved], axis=-1)
    counts = rng.multinomial(answers, np.broadcast_to(shares, (companies, BRANCHES, 3)))
    frame = pd.DataFrame(counts.reshape(-1, 3), columns=["promoters", "passives", "detractors"])
    frame.insert(0, "branch", np.tile(np.arange(BRANCHES), companies))
    frame.insert(0, "company", np.repeat(np.arange(companies), BRANCHES))
    return frame


def rates(scenario: Scenario, verdicts: pd.DataFrame) -> Rates:
    """Judge the verdicts of a scenario.

    `verdicts`: `company`, `branch`, `verdict` (+1, 0, −1), `p_value` (null where nothing was tested). A
    verdict is false where nothing was planted, or the opposite was.
    """
    truth = np.sign(effects(scenario))[verdicts["branch"]]
    given = verdicts["verdict"].to_numpy()
    wrong = (given != 0) & (given != truth)
    by_company = pd.DataFrame({"company": verdicts["company"], "wrong": wrong, "given": given != 0})
    totals = by_company.groupby("company").sum()
    tested = verdicts["p_value"].notna().to_numpy()
    null = tested & (truth == 0)
    planted = tested & (truth != 0)
    return Rates(
        scenario=scenario,
        companies=len(totals),
        false_discoveries=float((totals["wrong"] / totals["given"].clip(lower=1)).mean()),
        any_false=float((totals["wrong"] > 0).mean()),
        single=float((verdicts["p_value"].to_numpy()[null] <= NOMINAL_Q).mean()),
        power=float((given[planted] == truth[planted]).mean()) if planted.any() else None,
    )

"""Coverage of the published interval: how often it holds the true score, over sizes, scores and shapes.

Belongs here: the grid, the draws, and the share of intervals that hold the truth. A cell is nominal when its
share lies within `NOMINAL`; what is outside is listed, not averaged away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

SIZES = (5, 10, 20, 30, 50, 100, 300, 1_000, 5_000)
SCORES = tuple(range(-80, 81, 20))
PASSIVES = (0.25, 0.5, 0.75)
"""Share of the passives among the answers that are free once the score is given: 1 − |NPS|."""
NOMINAL = (0.93, 0.97)
SMALLEST = 10
"""The smallest group for which the nominal coverage is claimed, but for the exceptions listed."""
SETTLED = 50
"""From here on there are no exceptions. Below, so few answers have so few possible scores that the share
jumps from one true score to the next; there it may lie outside, but by no more than `FAR`."""
FAR = 0.05


@dataclass(frozen=True)
class Cell:
    """One point of the grid: answers a group, true score (−100..100) and shape."""

    size: int
    nps: int
    passives: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """True shares of promoters, passives, detractors."""
        score = self.nps / 100
        passives = self.passives * (1 - abs(score))
        return (1 - passives + score) / 2, passives, (1 - passives - score) / 2


def grid() -> Iterator[Cell]:
    """Every cell, in a fixed order."""
    for size in SIZES:
        for nps in SCORES:
            for passives in PASSIVES:
                yield Cell(size, nps, passives)


def draw(cells: list[Cell], groups: int, rng: np.random.Generator) -> pd.DataFrame:
    """`groups` groups a cell: `cell` (its position), `group`, `promoters`, `passives`, `detractors`."""
    drawn = np.concatenate([rng.multinomial(cell.size, cell.shares, size=groups) for cell in cells])
    frame = pd.DataFrame(drawn, columns=["promoters", "passives", "detractors"])
    frame.insert(0, "group", np.tile(np.arange(groups), len(cells)))
    frame.insert(0, "cell", np.repeat(np.arange(len(cells)), groups))
    return frame


def measured(cells: list[Cell], shown: pd.DataFrame) -> pd.DataFrame:
    """One row per cell: `size`, `nps`, `passives`, `coverage` (share), `width` (points, mean).

    `shown` has `cell`, `nps_low`, `nps_high` of every group. Raises ValueError where a figure is missing.
    """
    if shown[["nps_low", "nps_high"]].isna().any(axis=None):
        raise ValueError("an interval is missing: every group of the grid has at least five answers")
    truth = np.array([cell.nps for cell in cells], dtype=float)[shown["cell"]]
    held = (shown["nps_low"] <= truth) & (truth <= shown["nps_high"])
    by_cell = pd.DataFrame(
        {"cell": shown["cell"], "held": held, "width": shown["nps_high"] - shown["nps_low"]}
    )
    means = by_cell.groupby("cell")[["held", "width"]].mean()
    return pd.DataFrame(
        {
            "size": [cell.size for cell in cells],
            "nps": [cell.nps for cell in cells],
            "passives": [cell.passives for cell in cells],
            "coverage": means["held"].to_numpy(),
            "width": means["width"].to_numpy(),
        }
    )


def broken(table: pd.DataFrame) -> pd.DataFrame:
    """The cells that break the promise: outside `NOMINAL` from `SETTLED` answers on, or far off before it."""
    outside = exceptions(table)
    return outside[(outside["size"] >= SETTLED) | ((outside["coverage"] - 0.95).abs() > FAR)]


def exceptions(table: pd.DataFrame) -> pd.DataFrame:
    """The cells from `SMALLEST` answers on whose coverage is outside `NOMINAL`."""
    low, high = NOMINAL
    return table[(table["size"] >= SMALLEST) & ~table["coverage"].between(low, high)]

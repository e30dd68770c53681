"""Coverage of the interval of a difference: those who mention a topic against those who do not.

The two groups are independent and of different sizes: few mention it, many do not. The formula is the
recount's, with which every refresh compares the published bounds to 1e-9.

Belongs here: the pairs, and how often their intervals hold the true difference. Does not belong here: the
interval of one score (`coverage`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from expectations.recount import statistics
from expectations.recount.statistics import Counts
from tests.simulation.coverage import Cell

#: Answers that mention it, and that do not.
SIZES = ((5, 30), (5, 300), (15, 60), (30, 30), (30, 300), (100, 1_000), (300, 300))
#: True scores of both, and the share of passives among the free answers.
SCORES = ((0, 0), (40, 40), (-60, 40), (40, -20), (-80, 80), (80, 60))
PASSIVES = (0.25, 0.5, 0.75)


def measured(groups: int, rng: np.random.Generator, z: float = statistics.Z) -> pd.DataFrame:
    """One row per pair: `size` (of the smaller group), `other_size`, `nps`, `other_nps`, `coverage`."""
    rows = []
    for size, other_size in SIZES:
        for nps, other_nps in SCORES:
            for passives in PASSIVES:
                one, other = (
                    statistics.adjusted(
                        Counts(*rng.multinomial(cell.size, cell.shares, size=groups).astype(np.int64).T)
                    )
                    for cell in (Cell(size, nps, passives), Cell(other_size, other_nps, passives))
                )
                middle, reach = one[0] - other[0], z * np.sqrt(one[1] + other[1])
                held = np.abs(middle - (nps - other_nps) / 100) <= reach
                rows.append((size, other_size, nps, other_nps, passives, float(held.mean())))
    names = ["size", "other_size", "nps", "other_nps", "passives", "coverage"]
    return pd.DataFrame(rows, columns=names)

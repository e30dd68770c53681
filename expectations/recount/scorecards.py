"""Branches beside the rest of the company and among one another: the figures of `branch_scorecards`.

Written from docs/contracts/published-tables.md ("branch_scorecards"), from counts before any suppression.

Belongs here: comparison, pooling, ranks and verdict. Does not belong here: the score of a branch (`figures`),
or the names it goes by (`published_branches`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from expectations.recount import statistics
from expectations.recount.statistics import Counts, Floats

UNASSIGNED = "Unassigned"
_LEVEL = 0.05
#: Column → what the card of a branch shows; None: nothing.
Card: TypeAlias = dict[str, Any]
#: What a card has of the branch's own figure.
ON_CARDS = (
    *("promoters", "passives", "detractors", "responses", "nps", "nps_standard_error", "nps_low", "nps_high"),
    *("nps_change", "change_p_value", "change_q_value", "response_rate", "revenue_coverage"),
)
_BY_COMPARISON = (
    *("comparison_p_value", "comparison_q_value", "pooled_nps", "pooled_low", "pooled_high"),
    *("best_rank", "worst_rank", "standing"),
)
_KEY = {"survey_type": pa.string(), "definition_version": pa.string(), "branch": pa.string()}
_TEXTS = ("reportability", "standing")
#: The columns of cards but names.
SCHEMA = pa.schema(
    {
        **_KEY,
        **dict.fromkeys(("period_start", "period_end"), pa.date32()),
        **{
            name: pa.string() if name in _TEXTS else pa.float64()
            for name in (*ON_CARDS, "reportability", "company_nps", *_BY_COMPARISON)
        },
    }
)


def cards(
    branches: Sequence[str], counts: Counts, company: Counts, interval_only: float, indicative: float
) -> list[Card]:
    """The card of each branch of a survey type and version.

    From `interval_only` answers on a branch is compared, from `indicative` on its pooled score is shown.
    """
    found: list[Card] = [dict.fromkeys(_BY_COMPARISON) for _ in branches]
    is_pooled = np.array([branch != UNASSIGNED for branch in branches])
    if not is_pooled.any():
        return found
    places = np.flatnonzero(is_pooled & (counts.responses >= interval_only))
    own = counts.at(places)
    score, low, high, of_all = _pooled(own, counts.at(is_pooled))
    rest = Counts(*(every - column for every, column in zip(company, own, strict=True)))
    p_values = np.full(places.size, np.nan)
    is_part = rest.responses > 0
    z = statistics.difference(own.at(is_part), rest.at(is_part))
    p_values[is_part] = statistics.two_sided(z)
    q_values = np.full(places.size, np.nan)
    one_family = np.zeros(z.size, np.int64)
    q_values[is_part] = statistics.false_discovery_rate(p_values[is_part], one_family)
    for at, place in enumerate(places.tolist()):
        stands_out = q_values[at] <= _LEVEL
        found[place] = {
            "comparison_p_value": plain(p_values[at]),
            "comparison_q_value": plain(q_values[at]),
            "pooled_nps": float(score[at]) if own.responses[at] >= indicative else None,
            "pooled_low": float(low[at]),
            "pooled_high": float(high[at]),
            "best_rank": 1.0 + int((low > high[at]).sum()),
            "worst_rank": float(places.size - int((high < low[at]).sum())),
            "standing": "above"
            if stands_out and low[at] > of_all
            else "below"
            if stands_out and high[at] < of_all
            else "not distinguishable",
        }
    return found


def _pooled(own: Counts, every: Counts) -> tuple[Floats, Floats, Floats, float]:
    """Scores drawn to the shares of all branches, with their bounds; and the score of all branches.

    They are drawn the more, the fewer answers a branch has and the less the branches differ.
    """
    n, total = every.responses, int(every.responses.sum())
    p, d = every.promoters.sum() / total, every.detractors.sum() / total
    of_all = p - d
    variance = p + d - of_all**2
    strength = float(total)
    if n.size > 1 and variance > 0:
        spread = (n * (statistics.nps(every) / 100 - of_all) ** 2).sum() / variance - (n.size - 1)
        if spread > 0:
            between = spread * variance / (total - (n.astype(np.float64) ** 2).sum() / total)
            strength = min(total, max(1.0, variance / between - 1))
    weight = own.responses + strength
    of_p, of_d = (own.promoters + strength * p) / weight, (own.detractors + strength * d) / weight
    score = of_p - of_d
    margin = statistics.Z * np.sqrt((of_p + of_d - score**2) / (weight + 1))
    low, high = np.maximum(-100.0, 100 * (score - margin)), np.minimum(100.0, 100 * (score + margin))
    return 100 * score, low, high, float(100 * of_all)


def plain(value: float) -> float | None:
    """A number, or nothing where it is none."""
    return None if np.isnan(value) else float(value)

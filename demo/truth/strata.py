"""The score as it would be if customers of every value tier answered equally often.

Belongs here: post-stratification by value tier. Does not belong here: who is a customer (`facts.py`).
"""

from __future__ import annotations

import numpy as np

from demo.truth.cells import Cut
from demo.truth.definition import ACCOUNT_DIMENSIONS
from demo.truth.known import Floats
from demo.truth.statistics import Tally

_STRATUM = "customer_value_tier"
COLUMNS = ("post_stratified_nps", "effective_responses", "stratified_share")


def post_stratified(cut: Cut) -> dict[str, Floats]:
    """Σ N·NPS / Σ N over the tiers with customers and answers, its effective n (Kish), and their share.

    None where the cells are split by tier already, or no tier has both.
    """
    none = np.full(len(cut.cells), np.nan)
    if _STRATUM in cut.names:
        return dict.fromkeys(COLUMNS, none)
    tiers = cut.grid.size([_STRATUM])
    answers = _by_tier(cut)
    of_account = [name for name in cut.names if name in ACCOUNT_DIMENSIONS]
    place = cut.grid.cells([*of_account, _STRATUM], cut.customers.codes, slice(None))
    counted = np.bincount(place, minlength=cut.grid.size(of_account) * tiers).reshape(-1, tiers)
    customers = counted[cut.grid.onto(cut.names, cut.cells, of_account)].astype(np.float64)
    responses = answers.responses.reshape(-1, tiers)
    weight = np.where(responses > 0, customers, 0.0)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.where(weight > 0, weight * answers.score.reshape(-1, tiers), 0.0).sum(axis=1) / total
        effective = total**2 / np.where(weight > 0, weight**2 / responses, 0.0).sum(axis=1)
        share = np.where(total > 0, total / customers.sum(axis=1), np.nan)
    return dict(zip(COLUMNS, (100.0 * score, effective, share), strict=True))


def _by_tier(cut: Cut) -> Tally:
    """The counts of every cell and tier, tiers running fastest."""
    tiers = cut.grid.size([_STRATUM])
    cell = np.searchsorted(cut.cells, cut.grid.cells(cut.names, cut.given.codes, cut.rows))
    place = (cell * tiers + cut.given.codes[_STRATUM][cut.rows]) * 3 + cut.given.band[cut.rows]
    return Tally.of(np.bincount(place, minlength=len(cut.cells) * tiers * 3).reshape(-1, 3))

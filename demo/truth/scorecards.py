"""The expected `branch_scorecards`: each branch beside the rest, pooled toward the company, ranked in bounds.

Belongs here: comparison, pooling, ranks and standing. Does not belong here: the branch's own figures
(`scores.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from demo.truth.cells import Company, Cut
from demo.truth.definition import FALSE_DISCOVERY_RATE, UNASSIGNED, Z_95
from demo.truth.known import Branch, Floats, Ints
from demo.truth.periods import Period
from demo.truth.scores import (
    BELOW_INTERVAL,
    BELOW_SCORE,
    LEAST,
    Columns,
    branch_names,
    figures,
    judged,
    labels,
    table,
)
from demo.truth.scores import SCHEMA as SCORES
from demo.truth.statistics import Tally, difference, false_discovery

_PERIOD = "trailing_365d"
_OWN = (
    "promoters",
    "passives",
    "detractors",
    "responses",
    "nps",
    "nps_standard_error",
    "nps_low",
    "nps_high",
)
_BESIDE = ("nps_change", "change_p_value", "change_q_value", "response_rate", "revenue_coverage")
_COMPARED = ("comparison_p_value", "comparison_q_value", "pooled_nps", "pooled_low", "pooled_high")
_FIELDS: list[tuple[str, pa.DataType]] = [
    *((name, pa.string()) for name in ("branch", "branch_name", "region", "survey_type")),
    *((name, pa.date32()) for name in ("period_start", "period_end")),
    ("definition_version", pa.string()),
    *((name, SCORES.field(name).type) for name in (*_OWN, "reportability", *_BESIDE)),
    *((name, pa.float64()) for name in ("company_nps", *_COMPARED)),
    *((name, pa.int64()) for name in ("best_rank", "worst_rank")),
    ("standing", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)


def scorecard_table(company: Company, branches: Mapping[str, Branch]) -> pa.Table:
    """All rows and columns, in order of survey type and branch."""
    [period] = [p for p in company.periods if p.grain == _PERIOD and p.end == company.as_of]
    cut = company.cut("in_period", period, ("branch",))
    if not len(cut.rows):
        return SCHEMA.empty_table()
    columns = labels(cut) | figures(cut)
    columns["reportability"] = judged(cut)
    columns["branch_name"] = branch_names(columns["branch"], branches)
    regions = {one.branch_id: one.region for one in branches.values()}
    columns["region"] = np.array([regions.get(one) or UNASSIGNED for one in columns["branch"]], dtype=object)
    columns |= _beside_the_rest(cut, _company_tally(company, period, cut), columns["branch"] != UNASSIGNED)
    compared = dict.fromkeys((*_COMPARED, "best_rank", "worst_rank", "standing"), 0)
    withheld = compared | dict.fromkeys(BELOW_INTERVAL, LEAST["interval_only"])
    return table(columns, SCHEMA, withheld | dict.fromkeys((*BELOW_SCORE, "pooled_nps"), LEAST["indicative"]))


def _company_tally(company: Company, period: Period, cut: Cut) -> Tally:
    """The company's counts of the survey type of each cell."""
    whole = company.cut("in_period", period, ())
    return whole.tally[np.searchsorted(whole.cells, cut.codes()["survey_type"])]


def _beside_the_rest(
    cut: Cut, company: Tally, is_branch: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Columns:
    """The columns that compare branches, for those with enough answers; none for the others."""
    n = len(cut.cells)
    found: Columns = {name: np.full(n, np.nan) for name in (*_COMPARED, "best_rank", "worst_rank")}
    found["standing"] = np.full(n, None, dtype=object)
    enough = company.responses >= LEAST["indicative"]
    found["company_nps"] = np.where(enough, 100.0 * company.score, np.nan)
    survey_type = cut.codes()["survey_type"]
    for kind in np.unique(survey_type):
        pooled_over = np.flatnonzero((survey_type == kind) & is_branch)
        compared = pooled_over[cut.tally[pooled_over].responses >= LEAST["interval_only"]]
        if not len(compared):
            continue
        tally = cut.tally[compared]
        z, p, q = beside(tally, company[compared] - tally)
        prior = Prior(cut.tally[pooled_over])
        score, low, high = prior.pooled(tally)
        best, worst = ranks(low, high)
        for name, values in (
            *zip(_COMPARED, (p, q, 100.0 * score, 100.0 * low, 100.0 * high), strict=True),
            ("best_rank", best),
            ("worst_rank", worst),
            ("standing", standing(z, q, low, high, prior.score)),
        ):
            found[name][compared] = values
    return found


def beside(branches: Tally, rest: Tally) -> tuple[Floats, Floats, Floats]:
    """z, p and q of each branch against the rest; none for a branch that is the whole company."""
    z, p, q = (np.full(len(rest.responses), np.nan) for _ in range(3))
    some = np.flatnonzero(rest.responses)
    z[some], p[some] = difference(branches[some], rest[some])
    q[some] = false_discovery(p[some], np.zeros(len(some), dtype=np.int64))
    return z, p, q


class Prior:
    """What the branches have in common: a Dirichlet whose strength comes from how much they differ.

    The spread between branches is DerSimonian and Laird's moment estimate; `strength` counts in answers.
    """

    def __init__(self, branches: Tally) -> None:
        answers = branches.responses
        total = answers.sum()
        whole = Tally(
            *(counts.sum() for counts in (branches.promoters, branches.passives, branches.detractors))
        )
        self.shares = (whole.promoters / total, whole.passives / total, whole.detractors / total)
        self.score = float(whole.score)
        variance = float(whole.variance)
        self.strength = float(total)
        if len(answers) < 2 or variance <= 0.0:
            return
        heterogeneity = (answers * (branches.score - self.score) ** 2).sum() / variance
        excess = heterogeneity - (len(answers) - 1)
        spread = excess * variance / (total - (answers**2).sum() / total)
        if spread > 0.0:
            self.strength = float(np.clip(variance / spread - 1.0, 1.0, total))

    def pooled(self, branches: Tally) -> tuple[Floats, Floats, Floats]:
        """The posterior score of each branch on -1..1 and its clipped bounds at 95 %."""
        weight = branches.responses + self.strength
        counts = (branches.promoters, branches.passives, branches.detractors)
        after = Tally(
            *((own + self.strength * share) / weight for own, share in zip(counts, self.shares, strict=True))
        )
        # The posterior's shares add up to one, so that they are a tally of a single answer.
        deviation = np.sqrt(np.maximum(after.variance, 0.0) / (weight + 1.0))
        low, high = after.score - Z_95 * deviation, after.score + Z_95 * deviation
        return after.score, np.maximum(low, -1.0), np.minimum(high, 1.0)


def ranks(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """The best and the worst rank that intervals allow: only those wholly above or below are told apart."""
    best = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    worst = len(low) - (high[None, :] < low[:, None]).sum(axis=1)
    return best, worst


def standing(z: Floats, q: Floats, low: Floats, high: Floats, company: float) -> list[str]:
    """`above` or `below` where the comparison and the pooled interval both say so."""
    found = q <= FALSE_DISCOVERY_RATE
    above, below = found & (z > 0) & (low > company), found & (z < 0) & (high < company)
    words = np.select([above, below], ["above", "below"], "not distinguishable")
    return [str(word) for word in words]

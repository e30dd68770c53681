"""Churn, retention and risk of the recount against statsmodels, and what a confounder does to them.

The models agree with the recount to 1e-9 in every refresh, so what is proved of one is proved of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from expectations.recount.finance import association
from expectations.recount.finance.association import Associated, associations, cells_of
from expectations.recount.finance.outcomes import Outcome
from expectations.recount.statistics import Z, wilson

CLOSE = pytest.approx
MILLION = 1_000_000


def window(
    account: str, band: str, churned: bool, before: int = 100, after: int = 100, tier: str = "core"
) -> Outcome:
    mrr_after = 0 if churned else after * MILLION
    members = (tier, "1 to 3 years", "North")
    place = ("relationship", 90, date(2025, 1, 1), account, band, *members)
    return Outcome(*place, True, before * MILLION, mrr_after, churned)


def company(found: Sequence[Outcome], floor: int = 5) -> dict[str, Associated]:
    return {each.band: each for each in associations(cells_of(found), floor) if each.segment == "company"}


@pytest.mark.parametrize(("count", "total"), [(0, 7), (7, 7), (3, 40), (120, 900)])
def test_the_interval_of_a_share_is_wilsons(count: int, total: int) -> None:
    expected = proportion_confint(count, total, method="wilson")
    assert wilson(count, total) == CLOSE(expected, abs=1e-9)


def test_the_crude_ratio_is_that_of_a_table() -> None:
    table = Table2x2(np.array([[17, 83], [9, 191]]))
    ratio, low, high = association.crude((17, 100), (9, 200))
    assert ratio == CLOSE(table.riskratio, abs=1e-9)
    assert (low, high) == CLOSE(table.riskratio_confint(0.05), abs=1e-9)
    assert association.crude((0, 100), (9, 200)) == (None, None, None)


def test_the_stratified_ratio_is_mantels_and_haenszels() -> None:
    strata = [((5, 40), (2, 60)), ((9, 30), (4, 25)), ((1, 12), (3, 50)), ((0, 5), (0, 8))]
    tables = [np.array([[a, n - a], [c, m - c]]) for (a, n), (c, m) in strata]
    ratio, _, high = association.mantel_haenszel(strata)
    assert ratio == CLOSE(StratifiedTable(tables).riskratio_pooled, abs=1e-9)
    # of one stratum the interval is that of its table, but for the variance of Greenland and Robins: the same
    one = Table2x2(tables[0])
    assert association.mantel_haenszel(strata[:1])[1:] == CLOSE(one.riskratio_confint(0.05), abs=1e-9)
    assert ratio is not None
    assert high is not None
    # written out once more, stratum by stratum, as Greenland and Robins have it
    r = [a * m / (n + m) for (a, n), (c, m) in strata]
    s = [c * n / (n + m) for (a, n), (c, m) in strata]
    d = [((a + c) * n * m - a * c * (n + m)) / (n + m) ** 2 for (a, n), (c, m) in strata]
    assert np.log(high / ratio) / Z == CLOSE(np.sqrt(sum(d) / (sum(r) * sum(s))), abs=1e-9)


def test_the_difference_is_that_of_two_shares_and_strata_are_weighed_by_their_size() -> None:
    one = confint_proportions_2indep(17, 100, 9, 200, method="wald", compare="diff")
    difference, *bounds = association.excess([((17, 100), (9, 200))])
    assert difference == CLOSE(0.17 - 0.045)
    assert bounds == CLOSE(list(one), abs=1e-9)
    strata = [((5, 40), (2, 60)), ((9, 30), (4, 25))]
    weights = [40 * 60 / 100, 30 * 25 / 55]
    expected = (weights[0] * (5 / 40 - 2 / 60) + weights[1] * (9 / 30 - 4 / 25)) / sum(weights)
    assert association.excess(strata)[0] == CLOSE(expected)
    assert association.excess([]) == (None, None, None)


def test_a_planted_difference_is_covered_as_often_as_is_said() -> None:
    rng, covered, many = np.random.default_rng(4), 0, 4_000
    for _ in range(many):
        strata = [
            ((int(rng.binomial(160, risk + 0.1)), 160), (int(rng.binomial(240, risk)), 240))
            for risk in UNEVEN.values()
        ]
        _, low, high = association.excess(strata)
        assert low is not None
        assert high is not None
        covered += low <= 0.1 <= high
    assert covered / many == CLOSE(0.95, abs=CHANCE)


def test_retention_is_a_regression_through_the_origin_with_clusters() -> None:
    rng = np.random.default_rng(11)
    account = rng.integers(0, 25, 80)
    before = rng.integers(50, 400, 80)
    after = np.where(rng.random(80) < 0.1, 0, before + rng.integers(-40, 60, 80))
    fitted: Any = WLS(after / before, np.ones(80), weights=before).fit(
        cov_type="cluster", cov_kwds={"groups": account}
    )
    pairs = [
        (int(before[account == each].sum()) * MILLION, int(after[account == each].sum()) * MILLION)
        for each in np.unique(account)
    ]
    ratio, error = association.retention(pairs)
    assert ratio == CLOSE(fitted.params[0], abs=1e-9)
    assert error == CLOSE(fitted.bse[0], abs=1e-9)


@dataclass(frozen=True)
class Shares:
    """How often an interval covers the planted ratio, and how often each ratio is apart from 1."""

    covered: float
    apart: float
    crude_apart: float


def simulated(
    seed: int,
    detractors: Mapping[str, float],
    left: Mapping[str, float],
    kept: Mapping[str, float],
    ratio: float,
) -> Shares:
    """4,000 companies of 400 accounts a tier: the tier's share of detractors, and how many of both leave."""
    rng, many = np.random.default_rng(seed), 4_000
    covered = apart = crude_apart = 0
    for _ in range(many):
        of = {tier: int(rng.binomial(400, share)) for tier, share in detractors.items()}
        strata = [
            (
                (int(rng.binomial(number, left[tier])), number),
                (int(rng.binomial(400 - number, kept[tier])), 400 - number),
            )
            for tier, number in of.items()
        ]
        one, reference = (
            (sum(each[side][0] for each in strata), sum(each[side][1] for each in strata)) for side in (0, 1)
        )
        low, high = association.mantel_haenszel(strata)[1:]
        crude_low, crude_high = association.crude(one, reference)[1:]
        assert low is not None
        assert high is not None
        assert crude_low is not None
        assert crude_high is not None
        covered += low <= ratio <= high
        apart += low > 1 or high < 1
        crude_apart += crude_low > 1 or crude_high < 1
    return Shares(covered / many, apart / many, crude_apart / many)


#: Three and a half standard errors of a share of 0.95 in 4,000.
CHANCE = 0.012
EVEN = {"core": 0.1, "strategic": 0.1}
UNEVEN = {"core": 0.3, "strategic": 0.05}
ALIKE = {"core": 0.4, "strategic": 0.4}


def test_a_planted_ratio_is_covered_as_often_as_is_said() -> None:
    found = simulated(3, ALIKE, {tier: 2.5 * risk for tier, risk in UNEVEN.items()}, UNEVEN, 2.5)
    assert found.covered == CLOSE(0.95, abs=CHANCE)


def test_where_nothing_is_planted_nothing_is_seen_but_by_chance() -> None:
    found = simulated(2, ALIKE, EVEN, EVEN, 1)
    assert found.apart == CLOSE(0.05, abs=CHANCE)


def test_a_confounder_makes_the_crude_ratio_wrong_and_the_stratified_one_right() -> None:
    """Tier drives both: within a tier detractors leave no more often than promoters."""
    found = simulated(1, {"core": 0.8, "strategic": 0.2}, UNEVEN, UNEVEN, 1)
    assert found.crude_apart > 0.99
    assert found.covered == CLOSE(0.95, abs=CHANCE)


def test_where_crude_and_stratified_disagree_it_is_said() -> None:
    rates = {("core", "detractor"): (96, 320), ("core", "promoter"): (24, 80)}
    rates |= {("strategic", "detractor"): (4, 80), ("strategic", "promoter"): (16, 320)}
    found = company(
        [
            window(f"{tier}{band}{number}", band, number < churned, tier=tier)
            for (tier, band), (churned, windows) in rates.items()
            for number in range(windows)
        ]
    )["detractor"]
    assert found.risk_ratio == CLOSE(2.5)
    assert found.stratified_risk_ratio == CLOSE(1)
    assert (found.is_confounded, found.verdict) == (True, "not distinguishable")


def test_few_accounts_have_no_verdict_and_fewer_only_a_number() -> None:
    found = [window(f"p{i}", "promoter", i < 9) for i in range(40)]
    found += [window(f"d{i}", "detractor", i < 9) for i in range(29)]
    found += [window(f"q{i}", "passive", i < 1) for i in range(4)]
    found += [window(f"s{i}", "silent", i < 0) for i in range(40)]
    shown = company(found)
    assert {band: each.verdict for band, each in shown.items()} == {
        "promoter": "reference",
        "detractor": "too few",
        "passive": "too few",
        "silent": "too few",
    }
    assert shown["detractor"].churned == 9
    assert (shown["passive"].accounts, shown["passive"].churned, shown["passive"].churn_rate) == (
        4,
        None,
        None,
    )
    assert (shown["silent"].churned, shown["silent"].risk_ratio) == (0, None)


def test_windows_that_are_not_over_count_nowhere() -> None:
    over = [window(f"a{i}", "promoter", False) for i in range(6)]
    still = [each._replace(is_complete=False, mrr_after=None, is_churned=None) for each in over]
    assert associations(cells_of(over + still), 5) == associations(cells_of(over), 5)

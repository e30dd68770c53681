"""Scores by respondent, account and revenue: the worked example, statsmodels, the interval of the score."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from statsmodels.regression.linear_model import WLS

from expectations.recount import statistics
from expectations.recount.finance.weighting import Score, Weighted, scored, withheld

CLOSE = pytest.approx


def test_five_promoters_of_one_account_and_a_passive_of_another() -> None:
    assert scored([(500, 5), (0, 1)]).nps == CLOSE(83.3333333333)
    assert scored([(100, 1), (0, 1)]).nps == CLOSE(50)
    assert scored([(100 * 100, 100), (0, 300)]).nps == CLOSE(25)


@pytest.mark.parametrize(
    ("detractors", "passives", "promoters"), [(1, 2, 3), (0, 0, 10), (2, 0, 9), (30, 30, 40)]
)
def test_with_one_answer_from_each_account_it_is_the_score(
    detractors: int, passives: int, promoters: int
) -> None:
    found = scored([(-100, 1)] * detractors + [(0, 1)] * passives + [(100, 1)] * promoters)
    counts = statistics.Counts(*(np.array([number]) for number in (promoters, passives, detractors)))
    low, high = statistics.interval(counts)
    expected = Score(
        *(each.item() for each in (statistics.nps(counts), statistics.standard_error(counts), low, high))
    )
    assert found == CLOSE(expected, abs=1e-9)


def test_its_standard_error_is_that_of_a_regression_with_clusters() -> None:
    rng = np.random.default_rng(7)
    account = rng.integers(0, 30, 200)
    said = rng.choice([-100, 0, 100], 200).astype(float)
    pays = rng.integers(1, 900, 30)[account].astype(float)
    fitted: Any = WLS(said, np.ones(200), weights=pays).fit(
        cov_type="cluster", cov_kwds={"groups": account, "use_correction": False}
    )
    found = scored(
        [((pays * said)[account == each].sum(), pays[account == each].sum()) for each in np.unique(account)]
    )
    assert found.nps == CLOSE(fitted.params[0], abs=1e-9)
    assert found.error == CLOSE(fitted.bse[0], abs=1e-9)


@pytest.mark.parametrize(
    ("tiers", "hidden"),
    [
        ({"a": (4, 20), "b": (30, 50), "c": (31, 50)}, ["b"]),
        # all of these said the same, so each of them did
        ({"a": (4, 100), "b": (30, 100), "c": (31, 50), "d": (32, 50)}, ["b", "c"]),
        # who is in two tiers may be all there is
        ({"a": (4, 20), "b": (4, 30), "c": (31, 50)}, ["c"]),
        ({"b": (30, 100), "c": (31, 50)}, []),
    ],
)
def test_what_few_accounts_said_does_not_follow_from_the_company(
    tiers: dict[str, tuple[int, float]], hidden: list[str]
) -> None:
    rows = [_of_tier(tier, accounts, nps) for tier, (accounts, nps) in tiers.items()]
    shown = {each.customer_value_tier: each for each in withheld(rows, {"1": 5})}
    assert [tier for tier, each in shown.items() if each.reportability == "suppressed_for_others"] == hidden
    assert all(shown[tier].nps_low is None for tier in hidden)
    accounts = sum(held for held, _ in tiers.values())
    company = sum(held * nps for held, nps in tiers.values()) / accounts
    told = sum(each.accounts * each.nps for each in shown.values() if each.nps is not None)
    left = [each for each in shown.values() if each.nps is None]
    if left:
        # what the company leaves is of enough, and neither all promoters nor all detractors
        assert max(each.accounts for each in left) >= 5
        assert abs((company * accounts - told) / sum(each.accounts for each in left)) < 100


def _of_tier(tier: str, accounts: int, nps: float) -> Weighted:
    place = ("r", "account", date(2026, 1, 1), "customer_value_tier", tier, "(all)", "1", date(2025, 1, 1))
    reached = "indicative" if accounts >= 30 else "suppressed"
    return Weighted(*place, accounts, accounts, nps, 1.0, nps - 2, nps + 2, 0.5, reached)

"""Curves against statsmodels and lifelines, and who is followed from when until when."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from statsmodels.duration.survfunc import SurvfuncRight

from expectations.recount.finance.outcomes import Outcome
from expectations.recount.finance.survival import STEP, Step, Survival, curves, steps
from expectations.recount.statistics import Z
from tests.expectations.test_recount_association import window

AS_OF = date(2026, 1, 1)


def looks(account: str, bands: str, left: bool) -> list[Outcome]:
    """An account's looks up to as-of, one for each letter of its bands; `left`: at the end of the last."""
    names = {"p": "promoter", "d": "detractor", "s": "silent"}
    first = AS_OF - timedelta(days=STEP * len(bands))
    return [
        window(account, names[band], left and number == len(bands) - 1)._replace(
            index_date=first + timedelta(days=STEP * number)
        )
        for number, band in enumerate(bands)
    ]


def by_band(found: list[Outcome], floor: int = 1) -> dict[str, list[Survival]]:
    of: dict[str, list[Survival]] = {}
    for each in sorted(curves(found, floor), key=lambda each: each.days):
        of.setdefault(each.band, []).append(each)
    return of


def followed() -> tuple[Any, Any]:
    """By how many steps each of 300 accounts was followed, and whether it left then."""
    rng = np.random.default_rng(5)
    return rng.integers(1, 9, 300), rng.random(300) < 0.4


def test_a_curve_is_that_of_lifelines() -> None:
    """Its interval is of log(-log S), so it is made of our error here."""
    lasted, left = followed()
    fitted = KaplanMeierFitter().fit(lasted, left)
    shares, bounds = fitted.survival_function_["KM_estimate"], fitted.confidence_interval_
    survival, spread = 1.0, 0.0
    for number, step in enumerate(steps(Counter(zip(lasted.tolist(), left.tolist(), strict=True))), 1):
        at_risk, churned = step.at_risk, step.churned
        survival *= 1 - churned / at_risk
        spread += churned / (at_risk * (at_risk - churned))
        assert survival == pytest.approx(shares[number], abs=1e-9)
        reach = Z * np.sqrt(spread) / np.log(survival)
        expected = (survival ** np.exp(-reach), survival ** np.exp(reach))
        assert expected == pytest.approx(tuple(bounds.loc[number]), abs=1e-9)


def test_a_curve_is_kaplans_and_meiers_with_the_error_of_greenwood() -> None:
    lasted, left = followed()
    found: list[Outcome] = []
    for number, (many, gone) in enumerate(zip(lasted.tolist(), left.tolist(), strict=True)):
        # who is followed for a shorter time was first looked at later, or left
        row = looks(str(number), "p" * (8 if gone else many), left=False)[: many if gone else None]
        found += [*row[:-1], row[-1]._replace(is_churned=gone, mrr_after=0 if gone else 1)]
    expected = SurvfuncRight(lasted * STEP, left.astype(int))
    shown = {each.days: each for each in by_band(found)["promoter"]}
    for days, share, error in zip(
        expected.surv_times, expected.surv_prob, expected.surv_prob_se, strict=True
    ):
        step = shown[int(days)]
        assert step.survival == pytest.approx(share, abs=1e-9)
        bounds = (max(0, share - Z * error), min(1, share + Z * error))
        assert (step.survival_low, step.survival_high) == pytest.approx(bounds, abs=1e-9)


def test_an_account_stays_in_a_curve_whatever_it_says_later() -> None:
    found = by_band([*looks("a", "spd", left=True), *looks("b", "p", left=False)])
    assert [each.at_risk for each in found["silent"]] == [1, 1, 1]
    assert [(each.at_risk, each.churned, each.censored) for each in found["promoter"]] == [
        (2, 0, 1),
        (1, 1, 0),
    ]
    assert [(each.survival, each.survival_low) for each in found["detractor"]] == [(0.0, None)]


def test_who_comes_back_has_left_all_the_same() -> None:
    found = looks("a", "pppp", left=False)
    found[0] = found[0]._replace(is_churned=True)
    assert [each.churned for each in by_band([found[0], *found[2:]])["promoter"]] == [1]


def test_of_few_only_their_number_is_shown() -> None:
    found = [each for number in range(5) for each in looks(str(number), "p" * (1 + number % 2), left=False)]
    first, second = by_band(found, floor=5)["promoter"]
    assert (first.at_risk, first.survival) == (5, 1.0)
    assert (second.at_risk, second.churned, second.survival) == (2, None, None)
    assert list(steps(Counter({(1, False): 3, (2, False): 2}))) == [Step(5, 0, 3), Step(2, 0, 2)]

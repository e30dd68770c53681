"""What two sides of cases tell: the difference, its error over accounts and when nothing can be told.

Does not belong here: which cases stand on which side (`test_effects.py`).
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import statsmodels.api

from orchestration import effects
from orchestration.effects import Effect, Sides, effect, judged

RNG = np.random.default_rng(4)
ACCOUNT = RNG.integers(0, 40, 160)
STRATUM = RNG.integers(0, 4, 160)
SIDES = Sides(
    RNG.random(160) < 0.2 + 0.15 * STRATUM,
    5 + STRATUM + RNG.normal(size=40)[ACCOUNT] + RNG.normal(size=160),
    STRATUM,
    ACCOUNT,
)


def coefficient(chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Of the first side in a regression with a constant for each stratum."""
    dummies = [SIDES.is_first, *(SIDES.stratum == each for each in range(4))]
    design = np.column_stack(dummies).astype(float)
    return float(statsmodels.api.OLS(SIDES.outcome[chosen], design[chosen]).fit().params[0])


def test_a_difference_is_the_coefficient_and_its_error_leaves_out_each_account() -> None:
    found = effect(SIDES)
    assert found.difference is not None
    everything = np.ones(160, np.bool_)
    assert found.difference == pytest.approx(coefficient(everything))
    assert found.mean is not None
    assert found.other_mean is not None
    assert found.mean - found.other_mean == pytest.approx(found.difference)
    accounts = np.unique(ACCOUNT)
    without = np.array([coefficient(account != ACCOUNT) for account in accounts])
    squares = ((without - found.difference) ** 2).sum()
    error = np.sqrt((accounts.size - 1) / accounts.size * squares)
    freedom = min(found.accounts, found.other_accounts) - 1
    t = scipy.stats.t(freedom)
    assert found.high is not None
    assert found.high - found.difference == pytest.approx(t.ppf(0.975) * error, rel=1e-3)
    assert found.p_value == pytest.approx(2 * t.sf(abs(found.difference) / error), rel=0.02)


@pytest.mark.parametrize("freedom", [9, 15, 40])
def test_t_is_told_as_a_normal_deviate(freedom: int) -> None:
    t = scipy.stats.t(freedom)
    assert effects.student(freedom) == pytest.approx(t.ppf(0.975), rel=1e-3)
    for value in (-3.0, 0.0, 1.5):
        expected = -scipy.stats.norm.isf(t.cdf(value))
        assert effects.deviate(value, freedom) == pytest.approx(expected, abs=0.005)


def test_strata_without_both_sides_tell_nothing() -> None:
    one_sided = Sides(*(np.concatenate([column, column[:50]]) for column in SIDES))
    one_sided.stratum[160:] = 9
    one_sided.is_first[160:] = True
    assert effect(one_sided) == effect(SIDES)


def test_too_few_and_all_alike_cannot_be_told() -> None:
    few = Sides(SIDES.is_first & (np.cumsum(SIDES.is_first) <= 12), *SIDES[1:])
    found = judged({"few": effect(few), "alike": effect(SIDES._replace(outcome=np.ones(160)))})
    assert {each.verdict for each in found.values()} == {"cannot be told yet"}
    assert found["few"].missing[0] == 30 - found["few"].cases
    assert found["alike"].missing == (0, 0)
    assert effect(SIDES._replace(is_first=np.zeros(160, np.bool_))) == Effect(0, 0, 0, 0)
    accounts = effect(SIDES._replace(account=ACCOUNT % 8))
    assert accounts.difference is None
    assert accounts.missing == (2, 2)


def test_a_verdict_needs_q() -> None:
    said = {
        "up": Effect(30, 30, 10, 10, difference=1.0, p_value=0.001),
        "down": Effect(30, 30, 10, 10, difference=-1.0, p_value=0.01),
        "noise": Effect(30, 30, 10, 10, difference=1.0, p_value=0.04),
        "more": Effect(30, 30, 10, 10, difference=1.0, p_value=0.9),
    }
    found = judged(said)
    assert [each.verdict for each in found.values()] == [
        *("higher", "lower", "not distinguishable", "not distinguishable"),
    ]
    assert found["noise"].q_value == pytest.approx(0.04 * 4 / 3)

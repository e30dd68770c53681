"""The truth's statistics against worked numbers, published ones and their own laws.

Belongs here: arithmetic. Does not belong here: worlds (`test_truth_scores.py`).
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from demo.truth.scorecards import Prior, ranks, standing
from demo.truth.statistics import Tally, difference, false_discovery

counts = st.integers(0, 5_000)
shares = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40)


def tally(*cells: tuple[int, int, int]) -> Tally:
    """Cells given as promoters, passives, detractors."""
    return Tally.of(np.array(cells, dtype=np.int64))


@pytest.mark.parametrize(
    ("detractors", "passives", "promoters", "score", "variance", "error", "low", "high"),
    [
        (1, 2, 3, 0.333333, 0.555556, 0.304290, -0.267433, 0.711877),
        (0, 1, 1, 0.5, 0.25, 0.353553, -0.394487, 0.794487),
        (1, 1, 1, 0.0, 0.666667, 0.471405, -0.611126, 0.611126),
        (1, 0, 1, 0.0, 1.0, 0.707107, -0.733351, 0.733351),
        (0, 0, 10, 1.0, 0.0, 0.0, 0.475036, 1.0),
        (2, 0, 9, 0.636364, 0.595041, 0.232583, 0.080008, 0.919992),
        (30, 30, 40, 0.1, 0.69, 0.083066, -0.062719, 0.256894),
        (54, 108, 162, 0.333333, 0.555556, 0.041409, 0.249453, 0.411098),
    ],
)
def test_the_worked_numbers(
    detractors: int,
    passives: int,
    promoters: int,
    score: float,
    variance: float,
    error: float,
    low: float,
    high: float,
) -> None:
    cell = tally((promoters, passives, detractors))
    found = [cell.score, cell.variance, cell.standard_error, *cell.interval]
    assert [float(each[0]) for each in found] == pytest.approx([score, variance, error, low, high], abs=1e-6)


@given(counts, counts, counts)
def test_the_interval_mirrors_and_stays_on_the_scale(promoters: int, passives: int, detractors: int) -> None:
    low, high = tally((promoters, passives, detractors)).interval
    mirrored = tally((detractors, passives, promoters)).interval
    assert -1 <= low[0] <= high[0] <= 1
    assert (mirrored[0][0], mirrored[1][0]) == pytest.approx((-high[0], -low[0]), abs=1e-12)


def test_two_scores_that_differ() -> None:
    # With three added to each side: 30 of 103 against -10 of 103.
    z, p = difference(tally((50, 30, 20)), tally((30, 30, 40)))
    one, other = (50.75, 20.75), (30.75, 40.75)
    spread = sum((a + b) / 103 - ((a - b) / 103) ** 2 for a, b in (one, other)) / 103
    assert z[0] == pytest.approx((30.0 + 10.0) / 103 / spread**0.5, rel=1e-12)
    assert p[0] == pytest.approx(2 * stats.norm.sf(z[0]), rel=1e-12)


@given(st.tuples(counts, counts, counts), st.tuples(counts, counts, counts))
def test_a_difference_turns_its_sign_with_its_sides(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    (z,), (p,) = difference(tally(one), tally(other))
    (turned,), (again,) = difference(tally(other), tally(one))
    assert (turned, again) == pytest.approx((-z, p), abs=1e-12)
    assert 0 <= p <= 1
    assert p == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


@given(shares, st.lists(st.integers(0, 2), min_size=40, max_size=40))
def test_false_discoveries_are_controlled_within_each_family(p: list[float], families: list[int]) -> None:
    values, family = np.array(p), np.array(families[: len(p)])
    q = false_discovery(values, family)
    for each in set(families[: len(p)]):
        mine = family == each
        assert q[mine] == pytest.approx(stats.false_discovery_control(values[mine]), abs=1e-12)


def test_pooling_by_hand() -> None:
    # Two branches of 10 with scores 0.8 and -0.8 about a company at 0, V = 0.8: Q = 20·0.64/0.8 = 16,
    # tau² = (16 - 1)·0.8/(20 - 10) = 1.2, alpha = 0.8/1.2 - 1 < 1.
    prior = Prior(tally((8, 2, 0), (0, 2, 8)))
    assert (prior.score, prior.strength) == (0.0, 1.0)
    score, low, high = prior.pooled(tally((8, 2, 0)))
    # (8 + 0.4)/11 promoters, 0.4/11 detractors.
    assert score[0] == pytest.approx(8.0 / 11)
    deviation = (((8.8 / 11) - (8.0 / 11) ** 2) / 12) ** 0.5
    assert (low[0], high[0]) == pytest.approx((8 / 11 - 1.959963984540054 * deviation, 1.0))


@pytest.mark.parametrize("branches", [[(5, 3, 2)], [(5, 3, 2), (5, 3, 2)], [(9, 0, 0), (30, 0, 0)]])
def test_branches_that_do_not_differ_are_pooled_as_strongly_as_there_are_answers(
    branches: list[tuple[int, int, int]],
) -> None:
    assert Prior(tally(*branches)).strength == sum(map(sum, branches))


@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=20))
def test_a_pooled_score_lies_between_the_branch_and_the_company(cells: list[tuple[int, int, int]]) -> None:
    cells = [cell for cell in cells if sum(cell)]
    if not cells:
        return
    prior = Prior(tally(*cells))
    assert 1.0 <= prior.strength <= max(sum(map(sum, cells)), 1)
    pooled, low, high = prior.pooled(tally(*cells))
    for own, score, bottom, top in zip(tally(*cells).score, pooled, low, high, strict=True):
        assert min(own, prior.score) - 1e-9 <= score <= max(own, prior.score) + 1e-9
        assert -1 <= bottom <= score + 1e-9 <= top + 2e-9 <= 1 + 2e-9


def test_ranks_tell_only_those_apart_whose_intervals_do_not_touch() -> None:
    low, high = np.array([0.5, 0.2, -0.3, 0.1]), np.array([0.9, 0.5, 0.0, 0.3])
    best, worst = ranks(low, high)
    assert best.tolist() == [1, 1, 4, 2]
    assert worst.tolist() == [2, 3, 4, 3]


def test_a_branch_stands_out_only_where_both_say_so() -> None:
    z, q = np.array([3.0, 3.0, 3.0, -3.0]), np.array([0.05, 0.051, 0.01, 0.0])
    low, high = np.array([0.2, 0.2, 0.1, -0.4]), np.array([0.5, 0.5, 0.5, 0.0])
    same = "not distinguishable"
    assert standing(z, q, low, high, 0.1) == ["above", same, same, "below"]

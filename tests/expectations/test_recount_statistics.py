"""The recount's formulas against their published numbers and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from expectations.recount import statistics
from expectations.recount.statistics import Counts


def counts(promoters: int, passives: int, detractors: int) -> Counts:
    return Counts(*(np.array([number]) for number in (promoters, passives, detractors)))


@pytest.mark.parametrize(
    ("detractors", "passives", "promoters", "nps", "error", "low", "high"),
    [
        (1, 2, 3, 0.333333, 0.304290, -0.267433, 0.711877),
        (0, 1, 1, 0.5, 0.353553, -0.394487, 0.794487),
        (1, 1, 1, 0.0, 0.471405, -0.611126, 0.611126),
        (1, 0, 1, 0.0, 0.707107, -0.733351, 0.733351),
        (0, 0, 10, 1.0, 0.0, 0.475036, 1.0),
        (2, 0, 9, 0.636364, 0.232583, 0.080008, 0.919992),
        (30, 30, 40, 0.10, 0.083066, -0.062719, 0.256894),
        (54, 108, 162, 0.333333, 0.041409, 0.249453, 0.411098),
    ],
)
def test_worked_numbers(
    detractors: int, passives: int, promoters: int, nps: float, error: float, low: float, high: float
) -> None:
    given_counts = counts(promoters, passives, detractors)
    assert statistics.nps(given_counts)[0] / 100 == pytest.approx(nps, abs=1e-6)
    assert statistics.standard_error(given_counts)[0] / 100 == pytest.approx(error, abs=1e-6)
    found = [bound[0] / 100 for bound in statistics.interval(given_counts)]
    assert found == pytest.approx([low, high], abs=1e-6)


numbers = st.integers(0, 500)


@given(numbers, numbers, st.integers(1, 500))
def test_an_interval_stays_on_the_scale_around_its_score(p: int, n: int, d: int) -> None:
    low, high = (bound[0] for bound in statistics.interval(counts(p, n, d)))
    shrunk = 100 * (p - d) / (p + n + d + 3)
    assert -100 <= low <= shrunk <= high <= 100
    mirrored = [bound[0] for bound in statistics.interval(counts(d, n, p))]
    assert mirrored == pytest.approx((-high, -low))


@given(numbers, numbers, st.integers(1, 500))
def test_the_standard_error_is_that_of_the_answers(p: int, n: int, d: int) -> None:
    answers = np.repeat([100, 0, -100], [p, n, d])
    expected = answers.std() / answers.size**0.5
    assert statistics.standard_error(counts(p, n, d))[0] == pytest.approx(expected, abs=1e-9)


bands = st.tuples(numbers, numbers, st.integers(1, 500))


@given(bands, bands)
def test_a_difference_is_antisymmetric(first: tuple[int, int, int], second: tuple[int, int, int]) -> None:
    one, other = counts(*first), counts(*second)
    assert statistics.difference(one, other)[0] == pytest.approx(-statistics.difference(other, one)[0])
    assert statistics.difference(one, one)[0] == 0


@given(st.lists(st.floats(-37, 37), min_size=1, max_size=50))
def test_p_values_are_the_normal_distributions(z: list[float]) -> None:
    found = statistics.two_sided(np.array(z))
    np.testing.assert_allclose(found, 2 * stats.norm.sf(np.abs(z)), rtol=1e-9)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.01, 0.04, 0.05, 0.5, 0.9, 1.0]), st.integers(0, 3)), max_size=40
    )
)
def test_q_values_are_those_of_each_family(tested: list[tuple[float, int]]) -> None:
    p_values = np.array([p for p, _ in tested], float)
    families = np.array([family for _, family in tested], np.int64)
    found = statistics.false_discovery_rate(p_values, families)
    for family in set(families.tolist()):
        members = families == family
        np.testing.assert_allclose(found[members], stats.false_discovery_control(p_values[members]))
    # 0.9 · 9 / 9 is a last digit below 0.9
    assert (found >= p_values * (1 - 1e-12)).all()

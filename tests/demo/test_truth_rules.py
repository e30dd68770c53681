"""The truth's small pure functions against worked numbers and their own laws.

Belongs here: rules and the calendar. Does not belong here: statistics
(`test_truth_statistics.py`), worlds (`test_truth.py`).
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.truth.known import survivors, tidy
from demo.truth.periods import calendar_period, periods, trailing_ends
from demo.truth.rules import band, is_quarantined, recognised_share, reportability, tier

DAY = 86_400
days = st.dates(date(2000, 1, 1), date(2090, 1, 1))
moments = st.integers(0, 4_000_000_000)


def share(*bounds: int) -> float:
    [part] = recognised_share(*(np.array([bound]) for bound in bounds)).tolist()
    return float(part)


def test_the_bands_are_the_company_s() -> None:
    assert [band(score) for score in range(11)] == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2


@pytest.mark.parametrize("score", [-1, 11, 42])
def test_a_score_off_the_scale_has_no_band(score: int) -> None:
    with pytest.raises(ValueError, match="not on the scale"):
        band(score)


@pytest.mark.parametrize(
    ("amount", "name"),
    [
        (-1.0, "starter"),
        (0.0, "starter"),
        (4_999.99, "starter"),
        (5_000.0, "core"),
        (25_000.0, "key"),
        (99_999.99, "key"),
        (100_000.0, "strategic"),
    ],
)
def test_tiers_include_their_minimum(amount: float, name: str) -> None:
    assert tier(amount) == name


def test_reportability_includes_its_minimum() -> None:
    levels = [reportability(responses) for responses in (1, 4, 5, 29, 30, 99, 100)]
    assert levels == ["suppressed"] * 2 + ["interval_only"] * 2 + ["indicative"] * 2 + ["reportable"]


@given(moments, st.integers(1, 400))
def test_the_window_ends_exactly_after_its_days(moment: int, window: int) -> None:
    assert is_quarantined(moment, moment + window * DAY - 1, window)
    assert not is_quarantined(moment, moment + window * DAY, window)


@given(moments, moments, st.lists(moments, min_size=2, max_size=6).map(sorted))
def test_shares_of_adjoining_windows_add_up(since: int, length: int, cuts: list[int]) -> None:
    parts = [share(since, since + length, a, b) for a, b in pairwise(cuts)]
    assert all(0 <= part <= 1 for part in parts)
    assert sum(parts) == pytest.approx(share(since, since + length, cuts[0], cuts[-1]), abs=1e-9)


@given(moments, moments)
def test_all_of_a_period_is_recognised_over_all_of_it(since: int, length: int) -> None:
    assert share(since, since + length, since, since + length + 1) == 1
    assert share(since, since + length, since + length + 1, since + length + 2) == 0


@given(days, st.sampled_from(["month", "quarter", "year"]))
def test_every_day_is_in_one_period_of_each_grain(day: date, grain: str) -> None:
    start, end = calendar_period(day, grain)
    assert start <= day < end
    assert start.day == end.day == 1
    assert calendar_period(end - timedelta(days=1), grain) == (start, end)
    assert calendar_period(end, grain)[0] == end


@given(days, st.integers(1, 900))
def test_trailing_periods_end_at_month_starts_and_at_as_of(first: date, length: int) -> None:
    as_of = first + timedelta(days=length)
    ends = trailing_ends(first, as_of)
    assert ends == sorted(set(ends))
    assert ends[-1] == as_of
    assert all(first < end <= as_of and end.day == 1 for end in ends[:-1])
    published = periods(first, as_of)
    assert len(published) == len(set(published))
    assert sum(period.grain == "trailing_90d" for period in published) == len(ends)


@given(days, st.integers(1, 900))
def test_every_period_follows_the_one_it_is_compared_with(first: date, length: int) -> None:
    for period in periods(first, first + timedelta(days=length)):
        before = period.previous
        if period.grain == "all_time":
            assert before is None
        else:
            assert before is not None
            assert before.end == period.start
            if period.grain.startswith("trailing"):
                assert before.end - before.start == period.end - period.start
            else:
                assert (before.start, before.end) == calendar_period(before.start, period.grain)


def test_identifiers_are_compared_trimmed_and_in_lower_case() -> None:
    assert tidy("  001AbC ") == "001abc"
    assert tidy("   ") is tidy(None) is None


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40))
def test_chains_of_merges_end_at_a_survivor(targets: list[int]) -> None:
    # Number n is merged into an earlier number, or survives.
    into = [
        f"ID{target % number}" if number and target % 3 else None for number, target in enumerate(targets)
    ]
    ids = [f"id{number} " for number in range(len(targets))]
    found = survivors(ids, into)
    alive = {f"id{number}" for number, target in enumerate(into) if target is None}
    assert set(found.values()) <= alive
    assert all(found[survivor] == survivor for survivor in found.values())


def test_merges_in_a_circle_are_an_error() -> None:
    with pytest.raises(ValueError, match="circle"):
        survivors(["a", "b"], ["B", "A"])

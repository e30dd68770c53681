"""What few answered in a window of a cell does not follow from its other windows.

The attacker who reads the demo's publication is in `tests/end_to_end/test_no_window_is_recovered.py`.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations.recount.periods import Calendar
from expectations.recount.statistics import Integers
from expectations.recount.suppression import Mask
from expectations.recount.undivided import beside, undivided
from tests.disclosure.dates import Window, attacker, follow
from tests.disclosure.scores import BANDS, in_doubt

FLOOR = 5
FIRST, AS_OF = date(2024, 11, 20), date(2026, 2, 17)
CALENDAR = Calendar.of(FIRST, AS_OF)
DAYS = CALENDAR.days
DATES = [date.fromordinal(date(1970, 1, 1).toordinal() + day) for day in DAYS.tolist()]
SEEDS = st.integers(0, 2**32 - 1)


def answered(seed: int, *, everywhere: bool = True) -> Integers:
    """Answers of a cell before each date, by band: between many dates nobody's. They came everywhere, or from
    the first day on and before as-of."""
    chance = np.random.default_rng(seed)
    busy = chance.random((len(DAYS), 1)) < chance.uniform(0.05, 0.9)
    came = chance.integers(0, chance.integers(2, 5, 3), (len(DAYS), 3)) * busy
    if not everywhere:
        came[[not FIRST <= day < AS_OF for day in DATES]] = 0
    return before(came)


def before(answers: Any) -> Integers:
    """What a cell has before each date."""
    return np.concatenate([np.zeros((1, 3), np.int64), np.array(answers).cumsum(axis=0)])[:-1]


def whole(*cells: Integers) -> Mask:
    """`[date, cell]`"""
    return undivided(np.stack(cells, axis=1), CALENDAR, np.full(len(cells), float(FLOOR)))


def few_windows(upto: Integers) -> list[tuple[int, int]]:
    """Where windows with few answers begin and end."""
    total = upto.sum(axis=1)
    return [
        (first, last) for first, last in CALENDAR.windows.tolist() if 0 < total[last] - total[first] < FLOOR
    ]


def in_few(upto: Integers) -> set[int]:
    return {at for first, last in few_windows(upto) for at in range(first, last + 1)}


def same_level(upto: Integers, at: int) -> set[int]:
    """The dates with no answer between them and one."""
    total = upto.sum(axis=1)
    return {*np.flatnonzero(total == total[at]).tolist()}


def is_enough(counts: Integers) -> bool:
    return bool(counts.sum() >= FLOOR and counts.max() < counts.sum())


@settings(max_examples=40, deadline=None)
@example(seed=47677256, everywhere=True)  # two before a date near nothing, one of them hidden
@given(seed=SEEDS, everywhere=st.booleans())
def test_windows_that_are_shown_tell_of_enough_however_they_are_added_up(
    seed: int, *, everywhere: bool
) -> None:
    """What follows from windows is what came between two dates that divide the cell. Of fewer than the floor
    only where no window with few answers is near."""
    upto = answered(seed, everywhere=everywhere)
    divide, near = np.flatnonzero(~whole(upto)[:, 0]), in_few(upto)
    for first, last in combinations(divide.tolist(), 2):
        between = upto[last] - upto[first]
        is_all = between.sum() == upto[-1].sum()
        is_near = any(same_level(upto, at) & near for at in (first, last))
        assert between.sum() == 0 or is_all or is_enough(between) or not is_near, (DATES[first], DATES[last])
    whole_cell = upto[-1].sum()
    for first, last in few_windows(upto):
        assert (upto[last] - upto[first]).sum() == whole_cell or not {first, last} <= {*divide.tolist()}


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_year_up_to_as_of_is_shown_wherever_it_may_be(seed: int) -> None:
    """Readers look at it first: no other date takes its place."""
    upto = answered(seed)
    at = DATES.index(AS_OF - timedelta(days=365))
    near = in_few(upto)
    free = [day for day in range(len(upto)) if not same_level(upto, day) & near]
    below = [upto[day] for day in free if upto[day].sum() < upto[at].sum()]
    above = [upto[day] for day in free if upto[day].sum() > upto[at].sum()]
    parts = upto[at] - [0 * upto[0], *below][-1], [*above, upto[-1]][0] - upto[at]
    may_be = all(map(is_enough, parts)) or not all(part.sum() for part in parts)
    assert may_be <= (not whole(upto)[at, 0])


def windows_of(upto: Integers) -> dict[Window, tuple[int, ...]]:
    """Every published period."""
    return {
        (period.start, period.end): tuple(
            (upto[DATES.index(period.end)] - upto[DATES.index(period.start)]).tolist()
        )
        for period in CALENDAR.periods
    }


def shown(windows: dict[Window, tuple[int, ...]], hidden: Mask) -> list[Window]:
    at = dict(zip(DATES, hidden.tolist(), strict=True))
    return [
        window for window, counts in windows.items() if sum(counts) >= FLOOR and not any(map(at.get, window))
    ]


@settings(max_examples=3, deadline=None)
@given(SEEDS)
def test_an_attacker_is_left_with_two_bands_in_doubt(seed: int) -> None:
    upto = answered(seed)
    windows = windows_of(upto)
    told = shown(windows, whole(upto)[:, 0])
    attack = attacker(windows, told)
    assert not follow({window: window in told for window, counts in windows.items() if sum(counts)})
    for window in [each for each, counts in windows.items() if 0 < sum(counts) < FLOOR][:3]:
        if upto[-1].max() < upto[-1].sum():
            assert in_doubt(attack.interval((window, band)) for band in BANDS) >= 2


def test_without_protection_a_month_follows_from_its_quarter() -> None:
    came = [(0, 0, 0)] * len(DAYS)
    for month, counts in ((4, (4, 3, 1)), (5, (1, 0, 1)), (6, (5, 2, 0)), (8, (6, 2, 1))):
        came[DATES.index(date(2025, month, 1))] = counts
    upto = before(came)
    windows = windows_of(upto)
    few = (date(2025, 5, 1), date(2025, 6, 1))
    free, told = shown(windows, np.zeros(len(DAYS), np.bool_)), shown(windows, whole(upto)[:, 0])
    for chosen, is_known in ((free, True), (told, False)):
        attack = attacker(windows, chosen)
        bounds = [attack.interval((few, band)) for band in BANDS]
        assert (in_doubt(bounds) == 0) == is_known
        assert (few in follow({window: window in chosen for window in windows})) == is_known
    # the quarter stays; June begins where the cell is not divided
    assert {(date(2025, 4, 1), date(2025, 7, 1)), (date(2025, 7, 1), date(2025, 8, 1))} & {*told} == {
        (date(2025, 4, 1), date(2025, 7, 1))
    }
    assert (date(2025, 6, 1), date(2025, 7, 1)) not in told


@pytest.mark.parametrize("is_company_undivided", [True, False])
def test_a_member_that_is_not_divided_is_not_alone(is_company_undivided: bool) -> None:
    many = before([(2, 2, 1)] * len(DAYS))
    more, few = 2 * many, before([(0, 0, 0), (1, 0, 0), (0, 1, 0)] * len(DAYS))[: len(DAYS)]
    upto = np.stack([few, many, more], axis=1)
    own = whole(few, many, more)
    company = np.full(len(DAYS), is_company_undivided)
    found = beside(upto, own, company, np.arange(3), FLOOR)
    day = int(np.flatnonzero(own[:, 0])[3])
    assert own[day].tolist() == [True, False, False]
    assert found[day].tolist() == [True, not is_company_undivided, False]
    # what nobody of the members hides would tell of an undivided company
    free = beside(upto[:, 1:], own[:, 1:], company, np.arange(2), FLOOR)
    assert free[day].tolist() == [is_company_undivided, False]

"""What few people said between two publications does not follow from them, whichever were kept.

The attacker who has the simulated company's publications is in `tests/end_to_end/test_two_publications.py`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount import released
from expectations.recount.periods import Calendar, later
from expectations.recount.released import Units
from expectations.recount.statistics import Integers
from expectations.recount.suppression import Mask
from tests.disclosure.releases import attacker

FLOOR = 5
FIRST = date(2024, 1, 1)
_EPOCH = date(1970, 1, 1)


def told(came: Integers, unit: str = "month") -> tuple[Mask, Mask]:
    """At the end of each month, whether the company and each member are told; answers came in its middle."""
    calendar = Calendar.of(FIRST, later(FIRST, len(came)))
    upto = np.zeros((len(calendar.days), *came.shape[1:]), np.int64)
    for month, answers in enumerate(came):
        day = (later(FIRST, month).replace(day=15) - _EPOCH).days
        upto[calendar.days > day] += answers
    names, floors = [f"m{place}" for place in range(came.shape[1])], np.full(came.shape[1], float(FLOOR))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(released, "units", lambda: Units("month", unit))
        whole = upto.sum(axis=1, keepdims=True)
        company = released.released(whole, calendar, floors, [""], [np.arange(1)]).unreleased
        everybody = [np.arange(len(names))]
        members = released.released(upto, calendar, floors, names, everybody, company).unreleased
    ends = np.searchsorted(
        calendar.days, [(later(FIRST, month + 1) - _EPOCH).days for month in range(len(came))]
    )
    return ~company[ends, 0], ~members[ends]


def recovered(came: Integers, company: Mask, members: Mask) -> list[tuple[int, int, int]]:
    """Months (from, to) and members, of whose few answers in between a band follows."""
    slots, size, bands = came.shape
    attack = attacker(came, company, members)
    return [
        (first, last, member)
        for first in range(slots)
        for last in range(first, slots)
        for member in range(size)
        if 0 < came[first : last + 1, member].sum() < FLOOR
        if any(
            attack.follows({(slot, member, band): 1.0 for slot in range(first, last + 1)})
            for band in range(bands)
        )
    ]


SOME = (4, 3, 3)


@pytest.mark.parametrize(
    "came",
    [
        # a member to which one came: by itself, and by the company less the others
        [[SOME, SOME, (1, 0, 0)]],
        [[SOME, SOME, SOME], [SOME, SOME, (0, 0, 1)]],
        # then nobody, then enough
        [[SOME, SOME, (2, 0, 0)], [SOME, SOME, (0, 0, 0)], [SOME, SOME, SOME]],
        # two after another, of whom the first is told together with what came later
        [[SOME, (1, 1, 0), SOME], [SOME, SOME, (1, 0, 0)], [SOME, SOME, SOME]],
    ],
)
def test_without_protection_it_is_recovered(came: list[list[tuple[int, ...]]]) -> None:
    counts = np.array(came)
    everything = np.ones(counts.shape[:2], np.bool_)
    assert recovered(counts, everything[:, 0], everything)
    company, members = told(counts)
    assert company.all()
    assert members.any()
    assert not recovered(counts, company, members)


_COUNTS = st.tuples(*[st.integers(0, 4)] * 3)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(_COUNTS, min_size=3, max_size=3), min_size=1, max_size=4))
def test_nothing_is_recovered_of_few(came: list[list[tuple[int, ...]]]) -> None:
    counts = np.array(came)
    assert not recovered(counts, *told(counts))


def test_where_enough_come_everything_is_told() -> None:
    company, members = told(np.array([[SOME, SOME], [SOME, SOME]]))
    assert company.all()
    assert members.all()


def test_members_may_wait_longer_than_the_company() -> None:
    company, members = told(np.array([[SOME, SOME]] * 6), unit="quarter")
    assert company.all()
    assert members[:, 0].tolist() == [False, False, True] * 2


def test_who_is_left_out_for_others_changes_from_day_to_day() -> None:
    """Or the smallest would never be told."""
    _, members = told(np.array([[SOME, SOME, SOME, (1, 0, 0)]] * 24))
    assert not members[:, 3].any()
    assert members[:, :3].any(axis=0).all()
    assert (members[:, :3].sum(axis=1) == 2).all()

"""Recognised revenue of many accounts at once against each document shared out alone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.revenue import WINDOW, Revenue, rounded

DAY = 86_400_000_000
#: Account, beginning and length in days, millionths.
Document = tuple[str | None, int, int, int]
documents = st.lists(
    st.tuples(
        st.sampled_from([None, "a1", "a2", "a3"]),
        st.integers(0, 1500),
        st.sampled_from([0, 0, 1, 30, 365, 731]),
        st.integers(-(10**9), 10**12),
    ),
    max_size=12,
)
questions = st.lists(st.tuples(st.sampled_from(["a1", "a2", "stranger"]), st.integers(0, 2300)), max_size=8)


def naive(found: list[Document], account: str, when: int) -> int:
    total = 0
    for of, first, length, amount in found:
        start, end = first * DAY, (first + length) * DAY
        if of != account or start >= when or end < when - WINDOW:
            continue
        inside = Fraction(min(end, when) - max(start, when - WINDOW), max(1, end - start))
        total += half_away(Fraction(amount) * inside) if length else amount
    return half_away(Fraction(total, 100))


def half_away(value: Fraction) -> int:
    whole = math.floor(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


@settings(max_examples=60, deadline=None)
@given(documents, questions)
def test_revenue_is_recognised_document_by_document(
    found: list[Document], asked: list[tuple[str, int]]
) -> None:
    accounts, first, length, amount = zip(*found, strict=True) if found else ((), (), (), ())
    starts = np.array(first, np.int64) * DAY
    revenue = Revenue.of(
        accounts, starts, starts + np.array(length, np.int64) * DAY, np.array(amount, np.int64)
    )
    recognised = revenue.trailing(
        [account for account, _ in asked], np.array([day for _, day in asked], np.int64) * DAY
    )
    # a share that lies between two millionths may be rounded either way: 0.0001 less or more
    expected = [naive(found, account, day * DAY) for account, day in asked]
    assert np.abs(recognised - expected).max(initial=0) <= 1
    assert not found or set(revenue.accounts) == {account for account in accounts if account is not None}


def test_halves_are_rounded_away_from_zero() -> None:
    assert rounded(np.array([0.5, -0.5, 1.49, -1.5, 0.0])).tolist() == [1, -1, 1, -2, 0]

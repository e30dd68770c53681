"""Placebos: what was said later, and what others said; nothing of it may look like an association."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from expectations.recount.finance.association import associations, cells_of
from expectations.recount.finance.outcomes import Outcome
from expectations.recount.finance.placebo import earlier, permuted, placebos
from tests.expectations.test_recount_association import window

START = date(2023, 1, 1)


def look(account: str, band: str, looks: int, horizon: int = 90, **changes: Any) -> Outcome:
    """A window that begins so many looks after the first."""
    day = START + timedelta(horizon * looks)
    return window(account, band, False)._replace(index_date=day, horizon_days=horizon, **changes)


@pytest.mark.parametrize(("horizon", "looks"), [(90, 6), (180, 4), (365, 2)])
def test_a_window_is_earlier_when_it_is_over_before_anything_that_counts_was_said(
    horizon: int, looks: int
) -> None:
    """The look back from the later day, a year, must not reach into the window."""
    before = look("a", "promoter", 0, horizon, mrr_after=90_000_000)
    assert earlier([before, look("a", "detractor", looks - 1, horizon)]) == []
    [found] = earlier([before, look("a", "detractor", looks, horizon)])
    end = before.index_date + timedelta(horizon)
    assert end <= START + timedelta(horizon * looks) - timedelta(365)
    assert found == before._replace(band="detractor", is_churned=True)


def test_a_window_that_is_not_over_says_what_was_said_later_and_has_no_outcome() -> None:
    still: dict[str, Any] = {"is_complete": False, "mrr_after": None, "is_churned": None}
    rows = [look("a", "promoter", 0), look("a", "silent", 6, **still), look("b", "promoter", 0, **still)]
    assert earlier([*rows, look("b", "silent", 6)]) == [rows[0]._replace(band="silent", is_churned=False)]


def test_each_account_is_earlier_once_with_its_last_window() -> None:
    rows = [look("a", "promoter", each) for each in range(9)]
    assert [each.index_date for each in earlier(rows)] == [rows[2].index_date]


def test_bands_are_exchanged_among_accounts_that_are_alike_and_outcomes_stay() -> None:
    tiers = ("core", "strategic")
    rows = [
        window(
            f"a{number}", "promoter" if number % 3 else "detractor", number % 4 == 0, tier=tiers[number % 2]
        )
        for number in range(200)
    ]
    found = list(permuted(rows))
    for tier in tiers:
        of = [[each for each in of if each.customer_value_tier == tier] for of in (rows, found)]
        assert Counter(each.band for each in of[0]) == Counter(each.band for each in of[1])
    assert sorted(each._replace(band="") for each in found) == sorted(each._replace(band="") for each in rows)
    moved = {each.account: each.band for each in found}
    assert 60 < sum(moved[each.account] != each.band for each in rows) < 120
    assert {each.account: each.band for each in permuted(rows[::-1])} == moved


def company(seed: int, risks: dict[str, float]) -> Iterator[Outcome]:
    """300 accounts over four looks: each says the same again and again, and leaves as it said."""
    rng = np.random.default_rng(seed)
    for number in range(300):
        band = "detractor" if rng.random() < 0.4 else "promoter"
        for at in range(4):
            gone = bool(rng.random() < risks[band])
            less = 0 if gone else 100_000_000 - 10_000_000 * bool(rng.random() < 0.2)
            yield look(f"{seed}-{number}", band, at, mrr_after=less, is_churned=gone)
            if gone:
                break


def test_an_association_that_is_there_is_gone_from_permuted_bands() -> None:
    """Detractors leave four times as often; of twenty such companies about one warns by chance."""
    real, placebo = Counter[str](), Counter[str]()
    for seed in range(20):
        rows = list(company(seed, {"promoter": 0.03, "detractor": 0.12}))
        real.update(each.verdict for each in associations(cells_of(rows), 5) if each.segment == "company")
        placebo.update(each.verdict for each in placebos(rows, 5) if each.placebo == "permuted")
    assert real["associated"] == 20
    assert placebo["warns"] <= 4
    assert placebo["warns"] + placebo["does not warn"] == 20


def test_earlier_windows_warn_where_what_is_said_had_long_been_so() -> None:
    """Who says it in every year had always shrunk more: it is no news, and the placebo says so."""
    rows = [
        look(f"{band}{number}", band, at, mrr_after=(90 if number < lost else 100) * 1_000_000)
        for band, lost in (("promoter", 20), ("detractor", 60))
        for number in range(100)
        for at in (0, 6)
    ]
    shown = {(each.placebo, each.band): each for each in placebos(rows, 5)}
    found = shown["earlier", "detractor"]
    assert (found.windows, found.lost, found.verdict) == (100, 60, "warns")
    assert found.risk_ratio == pytest.approx(3)

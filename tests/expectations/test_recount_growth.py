"""Growth that customers brought about: Reichheld's example, and what always holds."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.finance.growth import Growth, growth
from expectations.recount.finance.months import Month

MILLION = 1_000_000
AS_OF = date(2025, 1, 1)
BEFORE, AFTER = date(2023, 12, 1), date(2024, 12, 1)


def month(account: str, when: date, mrr: int) -> Month:
    return Month(account, when, *(0,) * 9, mrr * MILLION)


def test_a_hundred_that_grows_to_130_has_earned_a_third_of_it() -> None:
    found = [month("stays", BEFORE, 80), month("leaves", BEFORE, 20)]
    found += [month("stays", AFTER, 85), month("referred", AFTER, 25), month("bought", AFTER, 20)]
    referred = {"stays": True, "referred": True, "bought": False}
    [year] = growth(found, referred, AS_OF, 1)
    assert (year.period_start, year.period_end) == (date(2024, 1, 1), AS_OF)
    assert (year.net_retention, year.earned_new) == (0.85, 0.25)
    assert year.earned_growth == pytest.approx(0.10)
    assert year.total_growth == pytest.approx(0.30)
    assert year.earned_ratio == pytest.approx(1 / 3)


def test_what_nobody_knows_is_not_earned_and_who_returns_is_not_new() -> None:
    found = [month("back", date(2022, 1, 1), 9), month("stays", BEFORE, 100)]
    found += [month("stays", AFTER, 100), month("back", AFTER, 10), month("new", AFTER, 20)]
    [year] = growth(found, {"back": True, "new": None}, AS_OF, 1)
    assert (year.unknown_accounts, year.returned_accounts) == (1, 1)
    assert (year.earned_growth, year.earned_growth_at_most) == (0, 0.2)
    assert (year.earned_ratio, year.referral_coverage) == (0, 0)


@pytest.mark.parametrize(("floor", "is_shown"), [(1, True), (2, False)])
def test_what_a_handful_pays_is_not_shown(floor: int, is_shown: bool) -> None:
    found = [month(name, BEFORE, 1) for name in "abc"] + [month("new", AFTER, 1)]
    [year] = growth(found, {"new": True}, AS_OF, floor)
    assert year.earned_accounts == 1
    assert (year.earned_mrr is not None) is is_shown


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text("abcdefgh", min_size=1, max_size=1),
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([True, False, None])),
    )
)
def test_the_parts_are_the_whole(accounts: dict[str, tuple[int, int, bool | None]]) -> None:
    found = [
        month(name, when, mrr)
        for name, (before, after, _) in accounts.items()
        for when, mrr in ((BEFORE, before), (AFTER, after))
    ]
    years: list[Growth] = growth(found, {name: known for name, (*_, known) in accounts.items()}, AS_OF, 0)
    assert bool(years) == any(before for before, *_ in accounts.values())
    for year in years:
        assert year.mrr_after == (year.retained_mrr or 0) + (year.earned_mrr or 0) + (year.other_mrr or 0)
        assert (year.earned_growth or 0) <= (year.earned_growth_at_most or 0) <= (year.total_growth or 0)

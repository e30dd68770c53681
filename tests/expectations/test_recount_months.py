"""Account months from documents: worked examples, and what always holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.documents import DAY
from expectations.recount.finance import months
from expectations.recount.finance.months import Entry
from expectations.recount.finance.recurring import monthly, whole_months

EPOCH = date(1970, 1, 1)
MILLION = 1_000_000


def at(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days * DAY


def entry(
    amount: float, first: str, end: str, invoiced: str | None = None, until: str | None = None
) -> Entry:
    return Entry(at(invoiced or first), at(first), at(end), at(until or end), round(amount * MILLION))


@pytest.mark.parametrize(
    ("amount", "first", "end", "expected"),
    [
        (12_000_000, "2025-01-01", "2026-01-01", 1_000_000),
        (12_000_000, "2024-02-29", "2025-02-28", 1_000_000),
        (300, "2025-01-31", "2025-02-28", 300),
        (300, "2025-02-28", "2025-03-31", 300),
        (-3_666.666667, "2025-06-20", "2025-07-01", -10_000.000001),
        (100, "2025-01-01", "2025-04-11", 30.416667),
    ],
)
def test_what_a_line_is_worth_a_month(amount: float, first: str, end: str, expected: float) -> None:
    assert monthly(round(amount * MILLION), at(first), at(end)) == round(expected * MILLION)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 40))
def test_months_after_any_day_are_whole(first: date, many: int) -> None:
    """Also where the day does not exist there."""
    month = first.year * 12 + first.month - 1 + many
    after = date(month // 12 + (month % 12 == 11), (month + 1) % 12 + 1, 1)
    end = min(date(month // 12, month % 12 + 1, 1) + timedelta(first.day - 1), after - timedelta(1))
    assert whole_months(first, end) == many


def test_a_year_of_an_account() -> None:
    """An upgrade in the middle of March, and a subscription that ends before what was paid for."""
    ledger = {
        ("a", True): [
            entry(1_200, "2025-01-15", "2026-01-15", until="2025-07-10"),
            entry(200, "2025-03-01", "2025-04-01"),
            entry(-55, "2025-04-20", "2025-04-20"),
        ]
    }
    found = months.months(ledger, at("2025-09-01"))
    assert [month.mrr // MILLION for month in found] == [100, 100, 300, 100, 100, 100, 0, 0]
    assert [month.new // MILLION for month in found] == [100, 0, 0, 0, 0, 0, 0, 0]
    assert [month.expansion // MILLION for month in found] == [0, 0, 200, 0, 0, 0, 0, 0]
    assert [month.contraction // MILLION for month in found] == [0, 0, 0, -200, 0, 0, 0, 0]
    assert [month.churned // MILLION for month in found] == [0, 0, 0, 0, 0, 0, -100, 0]
    assert found[-1].deferred == 1_200 * MILLION - entry(1_200, "2025-01-15", "2026-01-15").until(
        at("2025-09-01")
    )


days = st.integers(0, 900).map(lambda day: at("2024-01-01") + day * DAY)
entries = st.builds(
    lambda invoiced, start, length, cut, amount: Entry(
        invoiced, start, start + length * DAY, start + min(length, cut) * DAY, amount
    ),
    st.one_of(st.none(), days),
    days,
    st.sampled_from([0, 0, 1, 28, 30, 31, 90, 365, 366]),
    st.integers(0, 400),
    st.integers(-(10**9), 10**12),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(entries, min_size=1, max_size=6), days)
def test_what_always_holds(found: list[Entry], as_of: int) -> None:
    ledger = {("a", True): found}
    of_months, (balance,) = months.months(ledger, as_of), months.balances(ledger, as_of)
    assert balance.billed == balance.recognised + balance.deferred
    assert sum(month.recognised for month in of_months) == balance.recognised
    assert sum(month.invoiced for month in of_months) == sum(
        each.until(as_of) if each.invoiced_at is None else each.amount if each.invoiced_at < as_of else 0
        for each in found
    )
    for month in of_months:
        moves = (month.new, month.reactivation, month.expansion, month.contraction, month.churned)
        assert month.mrr - month.opening == sum(moves)
        assert sum(move != 0 for move in moves) <= 1
        end = min(at((month.month.replace(day=1) + timedelta(32)).replace(day=1).isoformat()), as_of)
        assert month.mrr == months.pays_at(found, end)


def test_a_moment_counts_from_the_moment_on() -> None:
    refund = entry(-5, "2025-03-10", "2025-03-10")
    noon = at("2025-03-10") + DAY // 2
    assert (refund.until(at("2025-03-10")), refund.until(noon)) == (0, -5 * MILLION)

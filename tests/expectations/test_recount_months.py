"""Account months from documents: worked examples, what always holds, and that a wrong figure is seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.documents import DAY
from expectations.recount.finance import Money, compare, months
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


@contextmanager
def built(path: Path, money: Money) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts as they would be, from the recount itself; to be broken."""
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        amounts = ("invoiced", "recognised", "deferred")
        moves = ("opening", "new", "reactivation", "expansion", "contraction", "churned")
        columns = [*(f"{name}_amount" for name in amounts), *(f"{name}_mrr" for name in moves), "mrr"]
        sums = ", ".join(f"{column} decimal(18, 6)" for column in columns)
        connection.execute(
            f"create table marts.fct_account_months (account_key varchar, month_start date, {sums},"
            " is_known_account boolean default true)"
        )
        connection.execute(
            "create table marts.audit_revenue_reconciliation (account_key varchar, documents bigint,"
            " billed_amount decimal(18, 6), recognised_amount decimal(18, 6), deferred_amount decimal(18, 6),"
            " is_known_account boolean default true)"
        )
        places = ", ".join(["? / 1000000.0"] * len(columns))
        for month in money.months:
            connection.execute(f"insert into marts.fct_account_months values (?, ?, {places}, true)", month)
        for balance in money.balances:
            connection.execute(
                "insert into marts.audit_revenue_reconciliation values (?, ?, ? / 1000000.0, ? / 1000000.0,"
                " ? / 1000000.0, true)",
                balance,
            )
        yield connection


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        ("update marts.fct_account_months set mrr = mrr + 0.000001 where month_start = '2025-03-01'", "mrr"),
        ("update marts.fct_account_months set new_mrr = 0, reactivation_mrr = new_mrr", "new"),
        ("delete from marts.fct_account_months where month_start = '2025-02-01'", "row"),
        ("insert into marts.fct_account_months select * from marts.fct_account_months", "row"),
        (
            "update marts.audit_revenue_reconciliation set deferred_amount = deferred_amount + 0.01",
            "deferred",
        ),
        ("update marts.audit_revenue_reconciliation set documents = 1", "documents"),
    ],
)
def test_a_wrong_figure_of_money_is_seen(tmp_path: Path, broken: str, column: str) -> None:
    ledger = {("a", True): [entry(1_200, "2025-01-15", "2026-01-15"), entry(200, "2025-03-01", "2025-04-01")]}
    end = at("2025-06-01")
    money = Money(months.months(ledger, end), months.balances(ledger, end))
    path = tmp_path / "w.duckdb"
    with built(path, money):
        pass
    assert compare(money, path) == []
    with duckdb.connect(path) as connection:
        connection.execute(broken)
    assert column in {difference.column for difference in compare(money, path)}


def test_a_moment_counts_from_the_moment_on() -> None:
    refund = entry(-5, "2025-03-10", "2025-03-10")
    noon = at("2025-03-10") + DAY // 2
    assert (refund.until(at("2025-03-10")), refund.until(noon)) == (0, -5 * MILLION)

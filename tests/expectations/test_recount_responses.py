"""Windows that open with an answer, as the recount draws and follows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import duckdb
import pytest

from expectations.recount.finance.months import Ledger
from expectations.recount.finance.outcomes import Inputs
from expectations.recount.finance.responses import Answered, answered
from tests.expectations.test_recount_months import at, entry

MILLION = 1_000_000


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            """
            create schema marts;
            create table marts.fct_survey_responses (
                survey_type varchar, answer_key varchar, account_key varchar, responded_at timestamp,
                nps_band varchar, is_counted boolean
            );
            create table marts.fct_survey_invitations (
                survey_type varchar, account_key varchar, sent_at timestamp, is_delivered boolean
            );
            """
        )
        yield opened


def say(connection: duckdb.DuckDBPyConnection, answer: str, account: str | None, day: str) -> None:
    connection.execute(
        "insert into marts.fct_survey_responses values ('r', ?, ?, ?, 'promoter', true)",
        [answer, account, day],
    )


def found(connection: duckdb.DuckDBPyConnection, ledger: Ledger, as_of: date) -> list[Answered]:
    nothing = cast(Any, None)  # neither the CRM nor the definition decides about a window
    return answered(connection, Inputs(ledger, nothing, nothing, (), as_of), "")


def test_a_window_opens_with_the_answer(connection: duckdb.DuckDBPyConnection) -> None:
    """More after 90 days, nothing after 180, and 365 are not over. Nobody can lose who pays nothing."""
    say(connection, "k1", "a", "2025-01-10")
    say(connection, "k2", None, "2025-01-11")
    say(connection, "k3", "left", "2025-01-12")
    ledger = {
        ("a", True): [entry(120, "2024-05-01", "2025-05-01"), entry(30, "2025-03-01", "2025-06-01")],
        ("left", True): [entry(120, "2024-01-01", "2025-01-01")],
        ("Unassigned", False): [entry(120, "2025-01-01", "2026-01-01")],
    }
    rows = {(row.answer, row.horizon_days): row for row in found(connection, ledger, date(2025, 7, 9))}
    assert [rows["k1", days][9:] for days in (90, 180, 365)] == [
        (10 * MILLION, 20 * MILLION, 10 * MILLION, False),
        (10 * MILLION, 0, 0, True),
        (10 * MILLION, None, None, None),
    ]
    assert [rows["k1", days].is_complete for days in (90, 180, 365)] == [True, True, False]
    assert rows["k2", 90][1] == "Unassigned"
    assert {rows[name, 90][8:] for name in ("k2", "k3")} == {(False, 0, None, None, None)}
    assert len(rows) == 9


def test_who_did_not_answer_begins_with_the_answer_that_follows_its_hash(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    answers = {f"k{number}": f"2025-01-{number + 1:02}" for number in range(12)}
    for answer, day in answers.items():
        say(connection, answer, None, day)
    accounts = [f"a{number}" for number in range(60)]
    ledger = {(account, True): [entry(120, "2024-05-01", "2025-05-01")] for account in accounts}
    drawn = {
        row.account: row for row in found(connection, ledger, date(2026, 1, 1)) if row.band != "promoter"
    }
    assert set(drawn) == set(accounts)
    for account, row in drawn.items():
        # the smallest way around the circle, in whole numbers
        steps = {answer: (_hash(answer) - _hash(account)) % 2**128 for answer in answers}
        assert row.answer == min(steps, key=lambda answer: steps[answer])
        assert row.index_at == at(answers[row.answer])
    say(connection, "k12", None, "2025-02-01")
    again = {row.account: row.answer for row in found(connection, ledger, date(2026, 1, 1))}
    changed = {account for account in accounts if again[account] != drawn[account].answer}
    assert changed == {account for account in accounts if again[account] == "k12"}
    assert 0 < len(changed) < 30


def _hash(text: str) -> int:
    return int(hashlib.md5(text.encode()).hexdigest(), 16)


@pytest.mark.parametrize(
    ("asked", "own", "band"),
    [
        (None, None, "not_invited"),
        (0, None, "silent"),
        (1, None, "not_invited"),
        (-364, None, "silent"),
        (-365, None, "not_invited"),
        (-10, -365, "silent"),
        (-10, -364, None),
        (-10, 0, None),
        (-10, 1, "silent"),
    ],
)
def test_silent_is_who_was_asked_and_had_not_answered_by_then(
    connection: duckdb.DuckDBPyConnection, asked: int | None, own: int | None, band: str | None
) -> None:
    """Days from the answer that is drawn to the invitation and to the account's own answer."""
    say(connection, "zero", None, "2025-06-01")
    moment = "timestamp '2025-06-01' + to_days({})"
    if asked is not None:
        connection.execute(
            f"insert into marts.fct_survey_invitations select 'r', 'a', {moment.format(asked)}, true"
        )
    if own is not None:
        # its hash lies just before the account's, so that the account never draws its own answer
        connection.execute(
            "insert into marts.fct_survey_responses"
            f" select 'r', '{_just_before('a', 'zero')}', 'a', {moment.format(own)}, 'passive', true"
        )
    ledger = {("a", True): [entry(120, "2025-05-01", "2026-05-01")]}
    rows = [row for row in found(connection, ledger, date(2026, 1, 1)) if row.answer == "zero"]
    assert {row.band for row in rows} - {"promoter"} == ({band} if band else set())


def _just_before(account: str, other: str) -> str:
    """A name whose hash the account passes over on its way to the other."""
    way = (_hash(other) - _hash(account)) % 2**128
    return next(
        name for number in range(1_000) if (_hash(name := f"own{number}") - _hash(account)) % 2**128 > way
    )


def test_who_does_not_pay_then_is_not_looked_at(connection: duckdb.DuckDBPyConnection) -> None:
    say(connection, "k1", None, "2025-01-10")
    strange = entry(120, "2024-05-01", "2026-05-01")
    for first, accounts in (("2025-01-10", {"Unassigned"}), ("2025-01-09", {"Unassigned", "a"})):
        ledger = {("a", True): [entry(120, first, "2026-01-10")], ("strange", False): [strange]}
        assert {row.account for row in found(connection, ledger, date(2026, 1, 1))} == accounts

"""The rows behind growth, silence and placebos: each account with the part that it has in the figure."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from publication import money, money_ledger

_TABLES = """
    attach ':memory:' as working;
    create schema working.marts;
    create schema working.intermediate;
    create schema working.publication;
    create table working.publication.earned_growth as
    select date '2024-01-01' as period_start, date '2025-01-01' as period_end, 3 as accounts_before;
    create table working.marts.fct_account_months as
    select account_key, is_complete, month_end, cast(mrr as decimal(18, 6)) as mrr
    from (values
        ('stays', true, date '2024-01-01', 80), ('stays', true, date '2025-01-01', 85),
        ('leaves', true, date '2024-01-01', 20), ('leaves', true, date '2024-02-01', 0),
        ('back', true, date '2023-06-01', 5), ('back', true, date '2025-01-01', 5),
        ('referred', true, date '2025-01-01', 25), ('bought', true, date '2025-01-01', 20),
        ('stranger', true, date '2025-01-01', 4), ('late', true, date '2025-02-01', 9)
    ) as given (account_key, is_complete, month_end, mrr);
    create table working.marts.dim_accounts as
    select * from (values ('referred', true), ('bought', false), ('stays', true), ('stranger', null))
        as given (account_key, is_acquired_by_referral);

    create table working.publication.non_response as
    select
        'relationship' as survey_type, date '2024-07-01' as period_start, date '2025-07-01' as period_end,
        '1' as definition_version, 1 as responses;
    create table working.marts.fct_survey_responses as
    select
        'relationship' as survey_type, '1' as definition_version, person_key, 'a' as account_key,
        response_date, response_date + 365 as current_until, response_date as responded_at,
        'f' || person_key as answer_fingerprint,
        100 as nps_weight, 'core' as customer_value_tier, 'support' as journey_stage, counted as is_counted
    from (values
        ('p1', date '2025-03-01', true), ('p2', date '2024-05-01', true), ('p3', date '2025-03-01', false)
    ) as given (person_key, response_date, counted);
    create table working.marts.fct_survey_invitations as
    select
        survey_type, '1' as definition_version, person_key, account_key, invitation_key, sent_on as sent_date,
        sent_on as sent_at, 'core' as customer_value_tier, 'support' as journey_stage,
        delivered as is_delivered, answered as is_answered
    from (values
        ('relationship', 'p1', 'a', 'i1', date '2025-02-01', true, false),
        ('relationship', 'p4', 'a', 'i2', date '2024-08-01', true, false),
        ('relationship', 'p4', 'b', 'i3', date '2025-02-01', true, false),
        ('relationship', 'p5', 'a', 'i4', date '2025-02-01', false, false),
        ('relationship', 'p6', 'a', 'i5', date '2025-02-01', true, true),
        ('relationship', 'p7', 'a', 'i6', date '2024-06-30', true, false),
        (null, 'p8', 'a', 'i7', date '2025-02-01', true, false)
    ) as given (survey_type, person_key, account_key, invitation_key, sent_on, delivered, answered);
    create table working.intermediate.int_revenue__recurring as
    select 'b' as account_key, true as is_known_account, timestamp '2023-01-01' as recurring_from;

    create table working.publication.association_placebo as
    select 'earlier' as placebo, 'relationship' as survey_type, 90 as horizon_days, 'passive' as band,
        2 as accounts;
    create table working.marts.fct_placebo_outcomes as
    select
        'earlier' as placebo, 'relationship' as survey_type, 90 as horizon_days, 'passive' as band,
        account_key, date '2025-01-01' as index_date, 10 as mrr_before, 10 as mrr_after, lost as is_lost
    from (values ('a', true), ('b', false)) as given (account_key, lost);
"""


@pytest.fixture
def working() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(_TABLES)
        yield connection


def parts(working: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """The account and part of each row behind a table's figures."""
    names = money.columns(working, f"working.publication.{table}")
    rows = money.behind(table, money.key(table, names), [])
    return working.execute(f"select account_key, part from ({rows}) order by all").fetchall()


def fingerprint(working: duckdb.DuckDBPyConnection, table: str) -> str:
    """The fingerprint of a table's only figure, as the ledger gets it."""
    found = money_ledger.figures(working, "working").to_pylist()
    [print_] = [row["fingerprint"] for row in found if row["table_name"] == table]
    return str(print_)


def test_an_account_has_a_part_in_the_growth_of_a_year(working: duckdb.DuckDBPyConnection) -> None:
    assert parts(working, "earned_growth") == [
        ("back", "came back"),
        ("bought", "new, not by referral"),
        ("leaves", "before"),
        ("referred", "new, by referral"),
        ("stays", "before"),
        ("stays", "stayed"),
        ("stranger", "new, nobody says how"),
    ]


def test_who_answered_and_who_is_silent(working: duckdb.DuckDBPyConnection) -> None:
    """p4's account is that of the newest invitation; p1 answered; the others were not reached in the year."""
    assert parts(working, "non_response") == [("a", "answered"), ("b", "silent")]


def test_the_windows_of_a_placebo(working: duckdb.DuckDBPyConnection) -> None:
    assert parts(working, "association_placebo") == [("a", "lost"), ("b", "not lost")]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (
            "earned_growth",
            "marts.dim_accounts set is_acquired_by_referral = true where account_key = 'bought'",
        ),
        ("earned_growth", "marts.fct_account_months set mrr = 86 where mrr = 85"),
        ("non_response", "marts.fct_survey_invitations set account_key = 'c' where invitation_key = 'i3'"),
        ("non_response", "intermediate.int_revenue__recurring set recurring_from = '2024-12-01'"),
        ("non_response", "marts.fct_survey_responses set nps_weight = 0"),
        ("association_placebo", "marts.fct_placebo_outcomes set is_lost = true"),
        ("association_placebo", "marts.fct_placebo_outcomes set mrr_after = 9"),
    ],
)
def test_another_row_behind_a_figure_is_another_fingerprint(
    working: duckdb.DuckDBPyConnection, table: str, change: str
) -> None:
    before = fingerprint(working, table)
    working.execute(f"update working.{change}")
    assert fingerprint(working, table) != before != "0"

"""Cases determined again: business hours against a count of quarters, and each way in which the models, or
the log, can be wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount import cases
from expectations.recount.business_hours import Calendar
from tests.expectations.open_hours import FURTHEST, Hours, calendars, moments

TABLES = {
    "follow_up_rules": """rule_name,precedence,nps_band,customer_value_tier,journey_stage,topic,case_type,\
hours_to_answer,escalate_after_hours,valid_from,valid_to
billing,1,detractor,*,*,billing,rescue,2,2,2026-01-01,
rescue,2,detractor,*,*,*,rescue,8,8,2026-01-01,2026-06-01
referral,1,promoter,key,renewal,*,ask_for_referral,8,8,2026-01-01,
""",
    "branch_calendars": """branch,time_zone,weekday,opens,closes
*,Europe/Amsterdam,monday,09:00,17:00
*,Europe/Amsterdam,tuesday,09:00,17:00
A,America/New_York,monday,08:00,18:00
A,America/New_York,wednesday,08:00,18:00
""",
    "branch_owners": """branch,owner_id,valid_from,valid_to
*,desk,2026-01-01,
A,ann,2026-01-01,2026-03-01
""",
    "holidays": "branch,holiday\nA,2026-03-04\n",
    "follow_up_holdouts": """holdout_name,customer_value_tier,held_out_percent,salt,valid_from,valid_to
lent,key,20,s,2026-02-01,2026-04-01
""",
}
# band, tier, stage, branch, account owner, moment → outcome, rule, owner, from whom, missing, calendar, due
ANSWERS = {
    "files:1": (
        ("detractor", "key", "use", "A", "u1", "2026-02-02 12:00:00"),
        ("case", "rescue", "u1", "account", False, "A", "2026-02-02 21:00:00"),
    ),
    "files:2": (  # its comment is about billing; its owner has left; 13:00 to 23:00 is open on Mondays
        ("detractor", "core", "use", "A", " U2 ", "2026-02-02 22:00:00.5"),
        ("case", "billing", "ann", "branch", True, "A", "2026-02-04 14:00:00"),
    ),
    "files:3": (  # the branch has nobody any more; Wednesday the 4th is a holiday, clocks change on the 8th
        ("detractor", "core", "use", "A", None, "2026-03-02 22:00:00"),
        ("case", "rescue", "desk", "company", True, "A", "2026-03-09 19:00:00"),
    ),
    "files:4": (
        ("promoter", "key", "renewal", "B", "u9", "2026-03-28 22:00:00"),
        ("case", "referral", "u9", "account", False, "*", "2026-03-30 15:00:00"),
    ),
    "files:5": (
        ("promoter", "core", "renewal", "B", "u9", "2026-02-02 12:00:00"),
        ("not_covered", None, None, None, None, None, None),
    ),
    "files:6": (
        ("detractor", "core", "use", "B", "u9", "2026-06-01 00:00:00"),
        ("not_covered", None, None, None, None, None, None),
    ),
}


@given(calendars(), moments(), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_hours_of_opening_are_those_that_were_counted(hours: Hours, moment: datetime, needed: int) -> None:
    calendar = Calendar(hours.zone, hours.opened, hours.closed)
    due = hours.counted(moment, needed)
    assert due - moment < FURTHEST
    assert calendar.after(moment, needed) == due


def test_a_calendar_that_never_opens_is_told() -> None:
    with pytest.raises(ValueError, match="do not pass within three years"):
        Calendar("UTC", {}, frozenset()).after(datetime(2026, 1, 1), 1)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """What the models of cases make of `ANSWERS`, in a company of its own; nothing in the log yet."""
    (tmp_path / "definition").mkdir()
    for name, text in TABLES.items():
        (tmp_path / "definition" / f"{name}.csv").write_text(text, "utf-8")
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))
    with duckdb.connect() as opened:
        opened.execute("""
            create schema marts; create schema topics; create schema follow_up;
            create table topics.answer_topics as select 'files:2' as answer_key, 'billing' as topic;
            create table marts.dim_employees as select 'u2' as employee_key, false as is_active;
            create table follow_up.case_events (
                case_key varchar, state varchar, state_at timestamp, told_by varchar
            );
            create table marts.fct_survey_responses (
                answer_key varchar, nps_band varchar, customer_value_tier varchar, journey_stage varchar,
                branch varchar, owner_id varchar, responded_at timestamp, response_date date,
                account_key varchar, person_key varchar,
                is_counted boolean, disposition varchar
            );
        """)
        for key, (answer, _) in ANSWERS.items():
            opened.execute(
                "insert into marts.fct_survey_responses by name select ? as answer_key, ? as nps_band,"
                " ? as customer_value_tier, ? as journey_stage, ? as branch, ? as owner_id,"
                " cast(? as timestamp) as responded_at, cast(? as date) as response_date,"
                " true as is_counted, 'counted' as disposition, 'd' as account_key, 'x' as person_key",
                [key, *answer, answer[-1]],
            )
        again = cases.deserved(opened)
        names = ", ".join(cases.Deserved._fields)
        opened.execute("""
            create table marts.fct_follow_up_answers (
                answer_key varchar, outcome varchar, holdout_name varchar, rule_name varchar,
                case_type varchar, owner_id varchar,
                owner_from varchar, is_owner_missing boolean, branch varchar, calendar_branch varchar,
                is_calendar_missing boolean, opened_at timestamp, due_at timestamp, escalate_at timestamp
            )
        """)
        opened.executemany(
            f"insert into marts.fct_follow_up_answers ({names}) values ({', '.join('?' * len(again[0]))})",
            again,
        )
        opened.execute("""
            create table marts.fct_follow_up_cases as
            select
                md5(answer_key) as case_key, 1 as version_number, date '2026-07-01' as version_as_of,
                * exclude (answer_key, outcome, holdout_name), 'open' as state,
                cast(null as timestamp) as state_at, true as is_current
            from marts.fct_follow_up_answers where outcome = 'case';
            create table follow_up.case_versions as select * from marts.fct_follow_up_cases;
        """)
        yield opened


def test_an_answer_has_the_case_that_it_deserves(built: duckdb.DuckDBPyConnection) -> None:
    found = {
        each.answer_key: (
            *(each.outcome, each.rule_name, each.owner_id, each.owner_from, each.is_owner_missing),
            *(each.calendar_branch, each.due_at and str(each.due_at)),
        )
        for each in cases.deserved(built)
    }
    assert found == {key: wanted for key, (_, wanted) in ANSWERS.items()}
    assert [*cases.differences(built)] == []


ONE = hashlib.md5(b"files:1").hexdigest()


# what somebody did → words of what is said of it
BREAKS = {
    "a lost answer": (
        "delete from marts.fct_follow_up_answers where answer_key = 'files:5'",
        "1 answers are",
    ),
    "an answer twice": (
        "insert into marts.fct_follow_up_answers from marts.fct_follow_up_answers limit 1",
        "has an answer twice",
    ),
    "an invented answer": (
        "update marts.fct_follow_up_answers set answer_key = 'files:9' where answer_key = 'files:5'",
        "1 answers are invented, such as files:9",
    ),
    "another outcome": (
        "update marts.fct_follow_up_answers set outcome = 'opted_out' where answer_key = 'files:5'",
        "outcome is opted_out and should be not_covered",
    ),
    "an hour later": (
        "update marts.fct_follow_up_answers set due_at = due_at + interval 1 hour"
        " where answer_key = 'files:3'",
        "files:3: due_at is 2026-03-09 20:00:00 and should be 2026-03-09 19:00:00",
    ),
    "no case": (f"delete from marts.fct_follow_up_cases where case_key = '{ONE}'", "deserves a case and has"),
    "another owner": (
        f"update marts.fct_follow_up_cases set owner_id = 'bo' where case_key = '{ONE}'",
        f"case {ONE}: owner_id is bo and should be u1",
    ),
    "nobody told": (
        f"update marts.fct_follow_up_cases set state = 'contacted' where case_key = '{ONE}'",
        f"case {ONE}: state is contacted and should be open",
    ),
    "told and not heard": (
        "insert into follow_up.case_events values"
        f" ('{ONE}', 'contacted', '2026-06-01 10:00', 'Ann'), ('{ONE}', 'open', '2026-05-01 10:00', 'Ann')",
        f"case {ONE}: state is open and should be contacted",
    ),
    "a case twice": (
        "insert into marts.fct_follow_up_cases from marts.fct_follow_up_cases limit 1",
        "its versions are not numbered from 1 on",
    ),
    "two current ones": (
        "insert into marts.fct_follow_up_cases select * replace (2 as version_number)"
        " from marts.fct_follow_up_cases limit 1",
        "not its newest version alone is current",
    ),
    "a case of nobody": (
        "insert into marts.fct_follow_up_cases select * replace ('x' as case_key)"
        " from marts.fct_follow_up_cases limit 1",
        "case x: no answer deserves it, and it is open",
    ),
    "an overwritten version": (
        f"update follow_up.case_versions set due_at = due_at - interval 1 hour where case_key = '{ONE}'",
        f"case {ONE}: version 1 is not what the log has",
    ),
    "a forgotten version": (
        "insert into follow_up.case_versions select * replace (7 as version_number)"
        " from follow_up.case_versions limit 1",
        "version 7 is not what the log has",
    ),
    "an erased answer": (
        "update marts.fct_survey_responses set is_counted = false, disposition = 'erased'"
        " where answer_key = 'files:1'",
        f"case {ONE}: its answer was erased",
    ),
    "held out by nobody": (
        "update marts.fct_follow_up_answers set outcome = 'held_out' where answer_key = 'files:4'",
        "files:4: outcome is held_out and should be case",
    ),
    "an account that is held out has a case": (
        "update marts.fct_survey_responses set account_key = 'b' where answer_key = 'files:1'",
        "files:1: outcome is case and should be held_out",
    ),
    "another hold-out": (
        "update marts.fct_follow_up_answers set holdout_name = null where answer_key = 'files:1'",
        "files:1: holdout_name is None and should be lent",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_what_is_wrong_is_told(built: duckdb.DuckDBPyConnection, broken: str) -> None:
    change, words = BREAKS[broken]
    built.execute(change)
    assert any(words in each for each in cases.differences(built)), [*cases.differences(built)]


def test_a_company_that_follows_nobody_up(built: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name in TABLES:
        (tmp_path / "definition" / f"{name}.csv").unlink()
    assert {each.outcome for each in cases.deserved(built)} == {"not_covered"}


def test_who_declines_is_left_alone(built: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "definition" / "dimensions.toml").write_text(
        '[contact]\nlabel = "May we call?"\nlevel = "answer"\nsource = {files = "call"}\n'
        'segments = ["contact"]\nno_contact = [" No "]\n',
        "utf-8",
    )
    built.execute("alter table marts.fct_survey_responses add column contact varchar default 'Yes'")
    built.execute(
        "update marts.fct_survey_responses set contact = 'NO' where answer_key in ('files:1', 'files:5')"
    )
    outcomes = {each.answer_key: each.outcome for each in cases.deserved(built)}
    assert outcomes["files:1"] == "opted_out"
    assert outcomes["files:5"] == "not_covered"
    assert outcomes["files:2"] == "case"


def test_lots_are_drawn_by_account(built: duckdb.DuckDBPyConnection) -> None:
    """Lots of the salt s: b 5.39, d 22.09, p 17.17 of a hundred; the hold-out is of key, until April."""
    changes = {"files:1": ("b", "d"), "files:2": ("b", "b"), "files:4": (None, "p")}
    for key, (account, person) in changes.items():
        built.execute(
            "update marts.fct_survey_responses set account_key = ?, person_key = ? where answer_key = ?",
            [account, person, key],
        )
    found = {each.answer_key: each for each in cases.deserved(built)}
    held_out = cases.Deserved("files:1", "held_out", "lent", "rescue", "rescue")
    assert found["files:1"] == held_out
    assert (found["files:4"].outcome, found["files:4"].owner_id) == ("held_out", None)
    assert (found["files:2"].outcome, found["files:2"].holdout_name) == ("case", None)
    built.execute("update marts.fct_survey_responses set account_key = 'd'")
    assert {each.outcome for each in cases.deserved(built)} == {"case", "not_covered"}

"""Effects of cases: which cases are on which side, and what is compared and said."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration import cases
from orchestration.cli import effects_view, referrals_view
from orchestration.cli.effects_view import ALL, CONTACT, LOTS, Which
from orchestration.environment import ConfigurationError, Home

AS_OF = datetime(2026, 1, 1)
DAY = timedelta(days=1)


_OF_AN_ANSWER = "answer_key, nps_band, nps_weight, likelihood_score, person_key, account_key, responded_at"


@dataclass
class Made:
    """A company whose answers are written into its working file all at once."""

    home: Home
    answers: list[tuple[object, ...]] = field(default_factory=list)
    followed: list[tuple[object, ...]] = field(default_factory=list)
    paid: list[tuple[object, ...]] = field(default_factory=list)
    told: list[tuple[str, str, datetime]] = field(default_factory=list)

    def answer(
        self,
        key: str,
        score: int,
        at: datetime,
        account: str | None = None,
        outcome: str = "case",
        case_type: str | None = "rescue",
        holdout: str | None = None,
    ) -> None:
        """An answer of the person of its account, and what became of it."""
        band = ("detractor", -100) if score < 7 else ("passive", 0) if score < 9 else ("promoter", 100)
        self.answers.append((key, *band, score, account or key, account, at))
        opened = at if outcome == "case" else None
        self.followed.append((key, f"c{key}", outcome, holdout, case_type, opened))

    def pays(self, account: str, amount: float, since: datetime, until: datetime) -> None:
        self.paid.append((account, since, until, amount))

    def tell(self, key: str, state: str, at: datetime) -> None:
        self.told.append((f"c{key}", state, at))

    def written(self) -> Home:
        """The company's home, in which everything is."""
        with duckdb.connect(str(self.home.warehouse)) as connection:
            for table, rows in (
                ("marts.fct_survey_responses", self.answers),
                ("marts.fct_follow_up_answers", self.followed),
                ("intermediate.int_revenue__recurring", self.paid),
            ):
                named = f"({_OF_AN_ANSWER})" if table.endswith("responses") else ""
                if rows:
                    places = ", ".join("?" * len(rows[0]))
                    connection.executemany(f"insert into {table} {named} values ({places})", rows)
                    rows.clear()
        if self.told:
            folder = self.home.cases / cases.EVENTS
            folder.mkdir(parents=True, exist_ok=True)
            lines = [
                json.dumps(dict(zip(cases.TABLES[cases.EVENTS], (*each, "Ann"), strict=True)), default=str)
                for each in self.told
            ]
            (folder / "told.jsonl").write_text("\n".join(lines), "utf-8")
        return self.home


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A working file without any case."""
    found = Home(tmp_path)
    with duckdb.connect(str(found.warehouse)) as connection:
        connection.execute("""
            create schema marts; create schema intermediate;
            create table marts.dim_periods as
            select 'trailing_365d' as period_grain, date '2026-01-01' as period_end;
            create table marts.fct_follow_up_answers (
                answer_key varchar, case_key varchar, outcome varchar, holdout_name varchar,
                case_type varchar, opened_at timestamp
            );
            create table marts.fct_survey_responses (
                answer_key varchar, nps_band varchar, nps_weight integer, likelihood_score integer,
                person_key varchar, account_key varchar, responded_at timestamp,
                survey_type varchar default 'relationship', customer_value_tier varchar default 'core',
                journey_stage varchar default 'use', is_counted boolean default true
            );
            create table intermediate.int_revenue__recurring (
                account_key varchar, recurring_from timestamp, recurring_to timestamp, monthly_amount double
            );
            create table marts.dim_accounts (account_key varchar, is_acquired_by_referral boolean);
        """)
    return Made(found)


def compared(made: Made, sides: str) -> list[tuple[object, ...]]:
    """First side, answered again, better band, next score and revenue kept, in the order of answers."""
    home = made.written()
    statement = effects_view.statement(cases.logged(home.cases, cases.EVENTS), sides)
    asked = {"landmark": effects_view.LANDMARK_DAYS, "horizon": 100, "as_of": AS_OF}
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        columns = "is_first, answered_again, better_band, next_score, revenue_kept"
        return connection.execute(f"select {columns} from ({statement})", asked).fetchall()


FIRST = datetime(2025, 3, 1)


def test_the_state_at_the_landmark_decides_the_side(made: Made) -> None:
    """In touch a day before it, or tried; told open again before it, told after it, and never."""
    for key in ("a", "b", "c", "d", "e"):
        made.answer(key, 3, FIRST)
    for key, state, days in (
        *(("a", "contacted", 29), ("b", "no_response", 5), ("c", "contacted", 1), ("c", "open", 2)),
        *(("a", "open", 31), ("d", "resolved", 31)),
    ):
        made.tell(key, state, FIRST + days * DAY)
    assert [row[0] for row in compared(made, CONTACT)] == [True, True, False, False, False]


def test_what_came_before_the_landmark_or_is_not_over_is_not_compared(made: Made) -> None:
    """Who answers again too soon, whose days are not over, and who has no case are on neither side."""
    made.answer("a", 3, FIRST, "a")
    made.answer("a2", 9, FIRST + 29 * DAY, "a", "not_covered", None)
    made.answer("b", 3, AS_OF - 129 * DAY)
    made.answer("c", 3, FIRST, outcome="opted_out")
    assert compared(made, CONTACT) == []
    made.answer("d", 3, AS_OF - 130 * DAY)
    assert len(compared(made, CONTACT)) == 1


def test_the_next_answer_and_what_is_paid_are_those_after_the_landmark(made: Made) -> None:
    """The first of several answers; half of what was paid; nothing more than all; nobody who paid nothing."""
    start, end = FIRST + 30 * DAY, FIRST + 130 * DAY
    for key, score in (("a", 3), ("b", 7), ("c", 9), ("d", 9)):
        made.answer(key, score, FIRST, key)
    for key, score, at in (
        *(("a", 7, start + DAY), ("a", 0, start + 2 * DAY), ("b", 8, end), ("c", 9, end)),
        ("d", 9, end + DAY),
    ):
        made.answer(f"{key}{at:%m%d}", score, at, key, "not_covered", None)
    made.pays("a", 100, FIRST, end - DAY)
    made.pays("a", 50, end - DAY, end + DAY)
    made.pays("b", 100, FIRST, end + DAY)
    made.pays("b", 50, end - DAY, end + DAY)
    made.pays("c", 100, FIRST, end - DAY)
    made.pays("d", 100, end - DAY, end + DAY)
    assert [row[1:] for row in compared(made, CONTACT)] == [
        (1, 1, 7, 0.5),
        (1, 0, 8, 1),
        (1, 1, 9, 0),
        (0, 0, None, None),
    ]


def test_lots_compare_the_first_answer_of_an_account_from_the_answer_on(made: Made) -> None:
    made.answer("a", 3, FIRST, "a", holdout="core")
    made.answer("a2", 9, FIRST + DAY, "a", holdout="core")
    made.answer("b", 3, FIRST, "b", "held_out", holdout="core")
    made.answer("c", 3, FIRST, "c")
    made.answer("d", 3, AS_OF - 99 * DAY, "d", holdout="core")
    made.tell("a", "open", FIRST)
    assert compared(made, LOTS) == [(True, 1, 1, 9, None), (False, 0, 0, None, None)]


def company(made: Made, better: int) -> None:
    """Forty accounts in touch and forty not, of which so many in touch, and nobody else, are better then."""
    for number in range(80):
        is_first = number < 40
        made.answer(f"a{number:02}", 3, FIRST, f"u{number}")
        if is_first:
            made.tell(f"a{number:02}", "contacted", FIRST + DAY)
        score = 9 if number < better else number % 5
        made.answer(f"b{number:02}", score, FIRST + 90 * DAY, f"u{number}", "not_covered", None)


def test_the_command_says_what_can_be_told(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError, match="nps refresh"):
        effects_view.run(Home(made.home.cases), 100, "table", Console())
    company(made, 25)
    made.answer("r", 10, FIRST, "r", case_type="ask_for_referral")
    effects_view.run(made.written(), 100, "json", Console())
    told = json.loads(capsys.readouterr().out)
    assert told["answers"] == {"case": 81, "not_covered": 80}
    verdicts = {
        (each["case_type"], each["measure"]): (each["verdict"], each["claim"]) for each in told["effects"]
    }
    assert verdicts["rescue", "better_band"] == ("higher", "association")
    assert verdicts["rescue", "next_score"] == ("higher", "association")
    assert verdicts["rescue", "revenue_kept"] == ("cannot be told yet", "association")
    assert verdicts["ask_for_referral", "better_band"] == ("cannot be told yet", "association")
    effects_view.run(made.written(), 100, "table", Console(width=200))
    shown = capsys.readouterr().out
    assert "161 counted answers: 81 case, 80 not covered" in shown
    assert "cannot be told yet: 30 more in touch and 30 more not in touch are needed" in shown
    assert "ASSOCIATION" in shown
    assert "CAUSED" not in shown
    assert "REFERRALS. Nobody was asked for one yet." in shown
    effects_view.run(made.written(), 700, "table", Console(width=200))
    assert "No case has had its 30 days for a contact and the 700 days after" in capsys.readouterr().out


def test_only_lots_make_a_claim_causal() -> None:
    claims = {
        (sides, measure): Which(sides, "rescue", ALL, measure).claim
        for sides in (CONTACT, LOTS)
        for measure in effects_view.MEASURES
    }
    assert [key for key, claim in claims.items() if claim == "causal"] == [
        *((LOTS, "answered_again"), (LOTS, "better_band"), (LOTS, "revenue_kept")),
    ]


def test_what_lots_decided_is_said_to_be_caused(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Those held out answer again as unhappy as before; half of those with a case pay no longer."""
    for number in range(80):
        outcome = "case" if number % 2 else "held_out"
        made.answer(f"a{number:02}", 3, FIRST, f"u{number}", outcome, holdout="core")
        if number % 2:
            made.answer(f"b{number:02}", 8, FIRST + 10 * DAY, f"u{number}", "not_covered", None)
        made.pays(f"u{number}", 10, FIRST - DAY, FIRST + (50 if number % 4 == 1 else 500) * DAY)
    effects_view.run(made.written(), 100, "table", Console(width=200))
    shown = capsys.readouterr().out
    assert "CAUSED BY CASES" in shown
    [kept] = [
        line
        for line in shown.splitlines()
        if "revenue kept" in line and "(all)" in line and "-50.0 %" in line
    ]
    assert kept.split()[:7] == ["rescue", "(all)", "revenue", "kept", "40", "/", "40"]
    assert kept.split()[-1] == "lower"
    assert "next score (association)" in shown
    assert "nothing varies on either side" in shown


def test_referrals_are_counted_by_account(made: Made) -> None:
    """Two requests of one account are one; who was asked in the last 30 days may still answer."""
    asked = FIRST + DAY
    for key, account in (("a", "a"), ("a2", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("e", "e")):
        case_type = "thank" if key == "e" else "ask_for_referral"
        made.answer(key, 10, FIRST, account, case_type=case_type)
    for key, state, at in (
        *(("a", "contacted", asked), ("a2", "resolved", asked), ("b", "no_response", asked)),
        *(("c", "contacted", AS_OF - DAY), ("d", "contacted", FIRST), ("d", "open", asked)),
        ("e", "resolved", asked),
    ):
        made.tell(key, state, at)
    for account, since in (("a", FIRST), ("x", asked), ("y", asked + DAY), ("z", asked + DAY)):
        made.pays(account, 10, since, AS_OF)
    home = made.written()
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(
            "insert into marts.dim_accounts values ('a', true), ('x', true), ('y', false), ('z', null)"
        )
        found = referrals_view.referrals(connection, cases.logged(home.cases, cases.EVENTS))
    assert found == referrals_view.Referrals(2, 1, 1, asked.date(), 3, 1, 1)
    said = "\n".join(referrals_view.told(found))
    assert "1 of 2 accounts that were asked answered (50.0 %" in said
    assert "1 of 3 customers who came since 2025-03-02 came by referral; of 1 nobody says how" in said
    said = "\n".join(referrals_view.told(found._replace(asked=0, unknown=3)))
    assert "all in the last 30 days" in said
    assert "nobody says how: declare the field" in said

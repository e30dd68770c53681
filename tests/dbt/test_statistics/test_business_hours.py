"""When a case is due, as the models say it, against a count of open quarters: any calendar and moment around
every change of clocks, with days off and closed weekends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.expectations.open_hours import Hours, calendars, moments

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("statistics")]

_TABLES = """
    attach ':memory:' as warehouse; use warehouse;
    create schema definition; create schema marts; create schema topics;
    create table definition.follow_up_rules as
    select
        'rescue' as rule_name, 1 as precedence, 'detractor' as nps_band, '*' as customer_value_tier,
        '*' as journey_stage, '*' as topic, 'rescue' as case_type, 1 as hours_to_answer,
        1 as escalate_after_hours, date '2026-01-01' as valid_from, cast(null as date) as valid_to;
    create table definition.branch_calendars (
        branch varchar, time_zone varchar, weekday varchar, opens varchar, closes varchar
    );
    create table definition.holidays (branch varchar, holiday date);
    create table definition.branch_owners as
    select '*' as branch, 'desk' as owner_id, date '2026-01-01' as valid_from, cast(null as date) as valid_to;
    create table definition.follow_up_holdouts (
        holdout_name varchar, customer_value_tier varchar, held_out_percent integer, salt varchar,
        valid_from date, valid_to date
    );
    create table topics.answer_topics (answer_key varchar, topic varchar);
    create table marts.dim_employees (employee_key varchar, is_active boolean);
    create table marts.dim_dates as
    select cast(date '2026-01-01' + unnest(range(400)) * interval 1 day as date) as date_day;
    create table marts.fct_survey_responses (
        answer_key varchar, responded_at timestamp, response_date date, nps_band varchar,
        customer_value_tier varchar, journey_stage varchar, branch varchar, owner_id varchar,
        account_key varchar, person_key varchar, is_counted boolean
    );
"""


@pytest.fixture(scope="session")
def models(files_only: Any) -> dict[str, str]:
    """Model → its SQL."""
    names = ("dim_branch_hours", "fct_follow_up_answers")
    run = files_only.dbt("compile", "--select", *names)
    assert run.success, run.exception
    compiled = {each.node.name: str(each.node.compiled_code) for each in run.result.results}
    return {name: compiled[name] for name in names}


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def due(
    models: dict[str, str], branches: Sequence[Hours], answers: Sequence[tuple[datetime, int]], needed: int
) -> list[tuple[datetime, datetime]]:
    """When each answer, a moment and the number of its branch, is due, and when escalated as long after."""
    with duckdb.connect() as opened:
        opened.execute(_TABLES)
        opened.execute(f"update definition.follow_up_rules set hours_to_answer = {needed}")
        opened.execute(f"update definition.follow_up_rules set escalate_after_hours = {needed}")
        for number, hours in enumerate(branches):
            for weekday, spans in hours.opened.items():
                for span in spans:
                    row = [str(number), hours.zone, weekday, *map(clock, span)]
                    opened.execute("insert into definition.branch_calendars values (?, ?, ?, ?, ?)", row)
            for day in hours.closed:
                opened.execute("insert into definition.holidays values (?, ?)", [str(number), day])
        for number, (moment, branch) in enumerate(answers):
            opened.execute(
                "insert into marts.fct_survey_responses values"
                " (?, ?, ?, 'detractor', 'key', 'use', ?, null, null, 'p', true)",
                [f"{number:03}", moment, moment.date(), str(branch)],
            )
        for name, sql in models.items():
            opened.execute(f"create table marts.{name} as {sql}")
        return opened.execute(
            "select due_at, escalate_at from marts.fct_follow_up_answers order by answer_key"
        ).fetchall()


@given(
    st.lists(calendars(), min_size=1, max_size=3),
    st.lists(st.tuples(moments(), st.integers(0, 2)), min_size=1, max_size=12),
    st.integers(1, 25),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_case_is_due_when_so_many_open_quarters_have_passed(
    models: dict[str, str],
    branches: Sequence[Hours],
    drawn: Sequence[tuple[datetime, int]],
    needed: int,
) -> None:
    answers = [(moment, branch % len(branches)) for moment, branch in drawn]
    wanted = [
        (branches[branch].counted(moment, needed), branches[branch].counted(moment, 2 * needed))
        for moment, branch in answers
    ]
    assert due(models, branches, answers, needed) == wanted

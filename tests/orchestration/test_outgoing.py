"""Which tasks a refresh wants, and what `nps outbox` shows and does."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import httpx
import pytest
from typer.testing import CliRunner

from company.writing_back import Target
from orchestration import cases, environment, outgoing
from orchestration.cli import app
from orchestration.environment import Home
from outbox import delivering, standing
from outbox.task import Task
from tests.companies import ROOT

TARGET = Target("webhook", False, datetime(2026, 3, 1).date(), {})
_CASE = "('{key}', 'rescue', 'ann', 'B1', '*', '{opened}', '{state}')"
TOLD = datetime(2026, 3, 3)


def mart(home: Home, *rows: str, erased: str = "") -> None:
    """A working file with these cases, each of an answer of its own."""
    home.path.mkdir(exist_ok=True)
    home.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(f"""
            create schema marts; create schema definition;
            create table marts.fct_follow_up_cases as
            select
                md5(key) as case_key, case_type, owner_id, branch, calendar_branch,
                cast(opened as timestamp) as opened_at, cast(opened as timestamp) + interval 8 hour as due_at,
                cast(opened as timestamp) + interval 16 hour as escalate_at, state, true as is_current
            from (values {", ".join(rows)})
                as rows (key, case_type, owner_id, branch, calendar_branch, opened, state);
            create table marts.fct_survey_responses as
            select
                key as answer_key, if(key = '{erased}', 'erased', 'counted') as disposition,
                'a' as account_key, 'c' as contact_key
            from (values {", ".join(rows)}) as rows (key, a, b, c, d, e, f);
            create table marts.dim_branches as select 'B1' as branch_id, 'Elmbridge' as branch_name;
            create table marts.dim_accounts as select 'a' as account_key, '001A' as account_id;
            create table marts.dim_contacts as select 'c' as contact_key, '003C' as contact_id;
            create table definition.branch_calendars as
            select '*' as branch, 'Europe/Paris' as time_zone from range(5)
        """)


def row(key: str, opened: str = "2026-03-02 08:00:00.25", state: str = "open") -> str:
    return _CASE.format(key=key, opened=opened, state=state)


def states(home: Home) -> list[str]:
    tasks = standing.standing(outgoing.folder(home, TARGET)).tasks.values()
    return [each.task.state for each in tasks]


def test_open_cases_since_that_day_are_wanted_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mart(home, row("new"), row("old", "2026-02-28 08:00:00"), row("done", state="resolved"))
    assert outgoing.bring_up(home, [TARGET]) == {"webhook": 1}
    assert outgoing.bring_up(home, [TARGET]) == {"webhook": 0}
    [each] = standing.standing(outgoing.folder(home, TARGET)).tasks.values()
    moment = datetime(2026, 3, 2, 8)
    assert each.task == Task(
        case_key=each.task.case_key,
        case_type="rescue",
        state="open",
        owner_id="ann",
        branch="Elmbridge",
        account_id="001A",
        contact_id="003C",
        opened_at=moment,
        due_at=moment.replace(hour=16),
        escalate_at=datetime(2026, 3, 3),
        time_zone="Europe/Paris",
    )


def test_what_comes_of_a_case_comes_of_its_task(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mart(home, row("one"), row("two"), row("three"))
    outgoing.bring_up(home, [TARGET])
    keys = [*standing.standing(outgoing.folder(home, TARGET)).tasks]
    cases.tell(home.cases, keys[0], "contacted", "ann", TOLD)
    mart(home, row("one"), row("two"), row("three"))
    assert outgoing.bring_up(home, [TARGET]) == {"webhook": 1}
    assert sorted(states(home)) == ["contacted", "open", "open"]
    mart(home, row("one", state="invalid"), row("two", state="invalid"), row("three"), erased="three")
    outgoing.bring_up(home, [TARGET])
    assert states(home) == ["invalid"] * 3


def test_what_the_fast_lane_found_is_not_closed_before_a_refresh_knows_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mart(home, row("one"))
    outgoing.bring_up(home, [TARGET])
    folder = outgoing.folder(home, TARGET)
    [each] = standing.standing(folder).tasks.values()
    delivering.want(folder, [replace(each.task, case_key="fast")], outgoing.FAST)
    outgoing.bring_up(home, [TARGET])
    assert states(home) == ["open", "open"]


def test_the_refresh_after_it_compares_what_the_fast_lane_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mart(home, row("same"), row("other"), row("none", state="invalid"))
    outgoing.bring_up(home, [TARGET])
    fast = Target("webhook", False, TARGET.since, {})
    second = Home(tmp_path / "second")
    mart(second, row("same"), row("other"), row("none", state="invalid"))
    told = [each.task for each in standing.standing(outgoing.folder(home, TARGET)).tasks.values()]
    by_key = {task.case_key: task for task in told}
    same, other = (by_key[hashlib.md5(name.encode()).hexdigest()] for name in ("same", "other"))
    gone = replace(same, case_key=hashlib.md5(b"none").hexdigest())
    unknown = replace(same, case_key="not loaded yet")
    outgoing.open_at_once(second, [fast], [same, replace(other, owner_id="bo"), gone, unknown])
    assert outgoing.compare(second, [fast]) == {other.case_key: ["owner_id"], gone.case_key: ["no case"]}
    assert outgoing.compare(second, [fast]) == {}
    outgoing.bring_up(second, [fast])
    after = standing.standing(outgoing.folder(second, fast)).tasks
    assert [each.task.state for each in after.values()] == ["open", "open", "invalid", "open"]
    assert after[other.case_key].task.owner_id == "ann"
    assert [key for key, each in after.items() if each.way == outgoing.FAST] == ["not loaded yet"]


@pytest.fixture
def shell(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """`nps` with a company whose tasks go to a webhook."""
    folder = tmp_path / "company"
    shutil.copytree(ROOT / "company" / "starter", folder)
    with (folder / "config.toml").open("a") as config:
        config.write('[outbox.webhook]\nmode = "on"\nsince = 2026-03-01\nurl = "https://crm.example"\n')
    monkeypatch.setenv("OUTBOX__WEBHOOK__SECRET", "hush-hush")
    monkeypatch.setenv("NPS_COMPANY", str(folder))
    mart(Home(state), row("one"), row("two"))
    return CliRunner()


def test_first_a_dry_run_then_tasks_then_what_was_refused(
    shell: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [400, 204, 204]
    client = httpx.Client
    transport = httpx.MockTransport(lambda request: httpx.Response(answers.pop(0), text="hush-hush"))
    monkeypatch.setattr(httpx, "Client", lambda **_: client(transport=transport))

    def said(*words: str, code: int = 0) -> str:
        result = shell.invoke(app, ["outbox", *words])
        assert result.exit_code == code, result.output
        return result.output

    outgoing.bring_up(environment.home(), [TARGET])
    assert "look at a dry run first" in said("send", code=2)
    assert "2 tasks would be written" in said("rehearse")
    assert "1 written, 1 refused for good, 0 waiting" in said("send", code=1)
    dead = said("dead")
    assert "answered 400: ***" in dead
    assert "hush-hush" not in dead
    assert "1 tasks are tried again" in said("retry", "all", "--by", "Ann")
    assert "1 written, 0 refused for good" in said("send")
    assert said("dead") == ""
    assert "webhook" in said()
    assert "there is no target fax" in said("dead", "--target", "fax", code=2)


def test_a_company_without_an_outbox_is_told_how_to_have_one(state: Path) -> None:
    result = CliRunner().invoke(app, ["outbox"])
    assert result.exit_code == 2
    assert "[outbox.TARGET]" in result.output

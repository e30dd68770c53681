"""The log of cases only grows, survives a write that was cut off, and tells the models what they need; what
is shown of cases names no customer."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml
from rich.console import Console

from orchestration import cases, environment
from orchestration.cli import cases_view
from orchestration.cli.cases_view import Asked
from orchestration.environment import CHECKOUT, ConfigurationError, Home

NOW = datetime(2026, 3, 2, 12)
MODELS = CHECKOUT / "dbt_project" / "models" / "publication" / "cases"
_CASE = """
    select
        '{key}' as case_key, cast({number} as bigint) as version_number, date '2026-03-02' as version_as_of,
        'rescue' as case_type, 'rescue' as rule_name, '{owner}' as owner_id, 'branch' as owner_from,
        {missing} as is_owner_missing, 'B1' as branch, '*' as calendar_branch, true as is_calendar_missing,
        timestamp '2026-03-02 08:00:00.25' as opened_at, timestamp '2026-03-02 {due}:00:00' as due_at,
        timestamp '2026-03-02 20:00:00' as escalate_at, '{state}' as state,
        cast(null as timestamp) as state_at, 'hash' as content_hash, {current} as is_current
"""


def case(
    key: str,
    number: int = 1,
    owner: str = "ann",
    due: int = 11,
    state: str = "open",
    *,
    is_current: bool = True,
    is_missing: bool = False,
) -> str:
    return _CASE.format(
        key=key, number=number, owner=owner, due=due, state=state, current=is_current, missing=is_missing
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working file whose mart has four cases, one of them in two versions."""
    found = Home(tmp_path)
    with duckdb.connect(str(found.warehouse)) as connection:
        rows = (
            case("aaa1"),
            case("aaa2", due=14, is_missing=True),
            case("bbb1", owner="bo", is_current=False),
            case("bbb1", 2, owner="cy"),
            case("ccc1", state="invalid"),
        )
        connection.execute(
            f"create schema marts; create table marts.fct_follow_up_cases as {' union all '.join(rows)};"
            " create table marts.dim_branches as select 'B1' as branch_id, 'Elmbridge' as branch_name"
        )
    return found


@pytest.fixture
def standing(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with cases_view.opened(home) as connection:
        yield connection


def laid_out(home: Home, table: str) -> list[tuple[object, ...]]:
    cases.lay_out(home.warehouse, home.cases)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(f"select * from follow_up.{table} order by all").fetchall()


def test_the_log_has_the_columns_of_the_mart() -> None:
    """Name by name, or a version would be kept without what was said of it."""
    page = yaml.safe_load((MODELS / "fct_follow_up_cases.yml").read_text("utf-8"))
    typed = {column["name"]: column["data_type"] for column in page["models"][0]["columns"]}
    assert typed.pop("is_current") == "boolean"
    assert {name: kind.replace("string", "varchar") for name, kind in typed.items()} == cases.TABLES[
        cases.VERSIONS
    ]


def test_versions_are_kept_once(home: Home) -> None:
    kept = cases.keep(home.warehouse, home.cases)
    assert kept == cases.Kept(4, 5, 3, 1, ("B1",))
    assert cases.keep(home.warehouse, home.cases).new_versions == 0
    found = laid_out(home, cases.VERSIONS)
    with duckdb.connect(str(home.warehouse)) as connection:
        mart = connection.execute(
            "select * exclude (is_current) from marts.fct_follow_up_cases order by all"
        ).fetchall()
        connection.execute(f"insert into marts.fct_follow_up_cases {case('ccc1', 2)}")
    assert found == mart
    assert cases.keep(home.warehouse, home.cases).new_versions == 1
    assert [path.name for path in sorted((home.cases / cases.VERSIONS).iterdir())] == [
        "00000001.jsonl",
        "00000002.jsonl",
    ]


def test_nothing_is_laid_out_of_a_write_that_was_cut_off(home: Home) -> None:
    assert laid_out(home, cases.VERSIONS) == []
    (home.cases / cases.VERSIONS).mkdir(parents=True)
    (home.cases / cases.VERSIONS / "00000001.tmp").write_text('{"case_key": "aa', "utf-8")
    assert laid_out(home, cases.VERSIONS) == []
    assert cases.keep(home.warehouse, home.cases).new_versions == 5
    assert len(laid_out(home, cases.VERSIONS)) == 5


def test_what_is_told_is_laid_out_and_makes_the_next_refresh_build(home: Home) -> None:
    before = cases.told(home.cases)
    cases.tell(home.cases, "aaa1", "contacted", "Ann", NOW)
    cases.tell(home.cases, "aaa1", "resolved", "Ann", NOW.replace(hour=13))
    assert laid_out(home, cases.EVENTS) == [
        ("aaa1", "contacted", NOW, "Ann"),
        ("aaa1", "resolved", NOW.replace(hour=13), "Ann"),
    ]
    assert before == []
    assert len(cases.told(home.cases)) == 2


def test_only_a_state_can_be_told(home: Home) -> None:
    with pytest.raises(ValueError, match='cannot be told to be "invalid": write one of open, contacted'):
        cases.tell(home.cases, "aaa1", "invalid", "Ann", NOW)


def shown(connection: duckdb.DuckDBPyConnection, asked: Asked, form: str = "table") -> str:
    written = io.StringIO()
    cases_view.write(connection, asked, form, Console(file=written, width=200), NOW)
    return written.getvalue()


def test_cases_are_shown_the_first_due_on_top(standing: duckdb.DuckDBPyConnection) -> None:
    lines = shown(standing, Asked(None, None, "open", overdue=False, last=50)).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["aaa1", "bbb1", "aaa2"]
    assert "Elmbridge (default hours)" in lines[1]
    assert "overdue" in lines[1]
    assert "ann (owner missing)" in lines[3]
    assert "3 cases, 2 of them overdue; 3 shown" in lines[4]
    assert "Owner missing: 1" in lines[5]
    assert "Without a calendar, so by the company's hours: Elmbridge 3" in lines[6]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (Asked("elmbridge", None, "open", overdue=True, last=50), ["aaa1", "bbb1"]),
        (Asked("B1", "CY", "open", overdue=False, last=50), ["bbb1"]),
        (Asked("B2", None, "all", overdue=False, last=50), []),
        (Asked(None, None, "invalid", overdue=False, last=50), ["ccc1"]),
        (Asked(None, None, "all", overdue=False, last=2), ["aaa1", "bbb1"]),
    ],
)
def test_cases_are_chosen(
    standing: duckdb.DuckDBPyConnection, asked: Asked, keys: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shown(standing, asked, "json")
    assert [row["case_key"] for row in json.loads(capsys.readouterr().out)] == keys


def test_what_was_told_counts_at_once(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    cases.tell(home.cases, "aaa1", "contacted", "Ann", NOW)
    cases.tell(home.cases, "ccc1", "contacted", "Ann", NOW)
    with cases_view.opened(home) as connection:
        shown(connection, Asked(None, None, "contacted", overdue=False, last=0), "json")
    assert [row["case_key"] for row in json.loads(capsys.readouterr().out)] == ["aaa1"]


def test_a_case_is_named_by_its_first_characters(standing: duckdb.DuckDBPyConnection) -> None:
    assert cases_view.named(standing, "BBB") == "bbb1"
    with pytest.raises(LookupError, match="several cases begin with aaa"):
        cases_view.named(standing, "aaa")
    with pytest.raises(LookupError, match="no case begins with x"):
        cases_view.named(standing, "x")


def test_without_cases_it_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(ConfigurationError, match="there is no working file"), cases_view.opened(home):
        pass
    duckdb.connect(str(home.warehouse)).close()
    with pytest.raises(ConfigurationError, match="cases have not been made yet"), cases_view.opened(home):
        pass


def test_no_state_of_another_name_is_shown(standing: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match='there is no state "done"'):
        shown(standing, Asked(None, None, "done", overdue=False, last=0))


def test_what_a_company_goes_without_is_there_without_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its own table takes that place: dbt then reads the descriptions again."""
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("NPS_COMPANY", str(environment.STARTER))
    with environment.restored():
        home = environment.prepare()
    left_open = home.project / "undecided"
    assert {path.name for path in left_open.iterdir()} == {
        *("follow_up_rules.csv", "branch_calendars.csv", "branch_owners.csv", "holidays.csv"),
        *("follow_up_holdouts.csv", "nps_targets.csv", "bonus_dates.csv", "release_calendar.csv"),
    }
    assert (left_open / "holidays.csv").read_text("utf-8") == "branch,holiday\n"
    parsed = home.dbt_target / "partial_parse.msgpack"
    parsed.parent.mkdir(exist_ok=True)
    parsed.touch()
    environment.assemble(home.project, environment.STARTER / "definition")
    assert parsed.exists()
    (left_open / "holidays.csv").unlink()
    (left_open / "old.csv").touch()
    environment.assemble(home.project, environment.STARTER / "definition")
    assert {path.name for path in left_open.iterdir()} >= {"holidays.csv"}
    assert not (left_open / "old.csv").exists()
    assert not parsed.exists()

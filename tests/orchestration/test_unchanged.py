"""What makes a refresh do everything again: each thing that a result depends on, changed alone."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration import environment, inputs, unchanged
from orchestration.environment import Home
from publication import publish
from tests.companies import VERDANT

DAY = date(2026, 2, 1)
RAW = """
    create schema raw_files;
    create table raw_files._dlt_loads (load_id varchar, status bigint);
    create table raw_files.surveys_responses (record_id varchar, _dlt_load_id varchar);
    insert into raw_files._dlt_loads values ('1', 0), ('2', 1);
    insert into raw_files.surveys_responses values ('a', '1'), ('b', '2');
"""


@pytest.fixture
def home(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home as a refresh has left it, of a product of one model and a company of its own; every publication
    in it stands."""
    monkeypatch.setenv("NPS_COMPANY", str(shutil.copytree(VERDANT, tmp_path / "acme")))
    (tmp_path / "product" / "dbt_project").mkdir(parents=True)
    (tmp_path / "product" / "dbt_project" / "model.sql").write_text("select 1")
    monkeypatch.setattr(inputs, "ROOMS", (tmp_path / "product" / "dbt_project",))
    monkeypatch.setattr(publish, "stands", lambda *_, **__: True)
    home = environment.prepare()
    (home.reports / "raw").mkdir(parents=True)
    (home.reports / "raw" / "index.html").write_text("")
    _publish(home, "one")
    _write(home, RAW)
    unchanged.keep(home, unchanged.state(home, DAY), checks=7)
    return home


def _publish(home: Home, version: str) -> None:
    (home.published / "versions" / version).mkdir(parents=True)
    (home.published / "current").unlink(missing_ok=True)
    (home.published / "current").symlink_to(Path("versions") / version)


def _write(home: Home, *statements: str) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)


def _stands(home: Home, meanwhile: Callable[[], object], day: date = DAY) -> bool:
    """Whether the last refresh still holds after what happens while this one loads."""
    before = unchanged.last(home)
    meanwhile()
    return unchanged.nothing_new(before, unchanged.state(home, day), home)


def test_it_holds_while_nothing_is_new(home: Home) -> None:
    before = unchanged.last(home)
    assert before is not None
    assert before.checks == 7
    assert _stands(home, lambda: _write(home, "insert into raw_files._dlt_loads values ('3', 0)"))
    assert unchanged.last(home) is None, "the load has written to the file"
    unchanged.keep_on(home, before)
    assert _stands(home, lambda: None)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into raw_files.surveys_responses values ('c', '1')",
        "insert into raw_files.surveys_responses values ('c', '3'); "
        "insert into raw_files._dlt_loads values ('3', 0)",
        "update raw_files._dlt_loads set status = 1 where load_id = '1'",
        "update raw_files._dlt_loads set status = 0 where load_id = '2'",
        "alter table raw_files.surveys_responses add column score double",
        "create table raw_files.withdrawals (_dlt_load_id varchar)",
    ],
)
def test_whatever_a_load_brings_is_new(home: Home, statement: str) -> None:
    assert not _stands(home, lambda: _write(home, statement))


@pytest.mark.parametrize(
    "change",
    [
        lambda home: (inputs.ROOMS[0] / "model.sql").write_text("select 2"),
        lambda home: (inputs.ROOMS[0] / "seed.csv").write_text("a"),
        lambda home: (inputs.ROOMS[0] / "model.sql").rename(inputs.ROOMS[0] / "other.sql"),
        lambda home: (environment.company() / "definition" / "own_email_domains.csv").write_text(
            "email_domain"
        ),
        lambda home: (environment.company() / "mappings" / "mapping.toml").write_text('delimiter = ";"'),
        lambda home: (environment.company() / "secrets.toml").write_text("[sources.stripe]"),
        lambda home: os.environ.update(NPS_RECOUNT="all"),
        lambda home: os.environ.update(SOURCES__QUALTRICS__EMBEDDED_DATA='{"branch": "Filiale"}'),
        lambda home: home.read_again.write_text("{}"),
        lambda home: (home.reports / "raw" / "index.html").unlink(),
        lambda home: _publish(home, "two"),
        lambda home: unchanged.forget(home),
    ],
    ids=[
        *("model", "seed", "name", "definition", "mapping", "secrets", "recount", "settings", "read again"),
        *("report", "version", "failure"),
    ],
)
def test_whatever_else_a_result_depends_on_is_seen(home: Home, change: Callable[[Home], object]) -> None:
    change(home)
    assert not _stands(home, lambda: None)


def test_another_day_library_or_setting_in_a_file_is_new(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not _stands(home, lambda: None, day=date(2026, 2, 2))
    with monkeypatch.context() as patch:
        (tmp_path / "site" / "duckdb-9.9.9.dist-info").mkdir(parents=True)
        patch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "site"))
        assert not _stands(home, lambda: None)
    before = inputs.settings()
    (tmp_path / "project" / ".dlt").mkdir(parents=True)
    (tmp_path / "project" / ".dlt" / "config.toml").write_text("[sources.salesforce.fields]\n")
    script = f"import os; os.chdir({str(tmp_path / 'project')!r}); from orchestration import inputs; "
    settings = subprocess.run(
        [sys.executable, "-c", script + "print(inputs.settings())"],
        env={name: value for name, value in os.environ.items() if name != "DLT_PROJECT_DIR"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert settings.stdout.strip() != before


def test_who_writes_to_the_working_file_by_hand_is_seen(home: Home) -> None:
    _write(home, "update raw_files.surveys_responses set record_id = 'z' where record_id = 'a'")
    assert unchanged.last(home) is None


def test_a_publication_that_does_not_stand_is_made_anew(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "stands", lambda *_, **__: False)
    assert not _stands(home, lambda: None)


def test_what_changed_while_a_refresh_went_on_is_not_kept(home: Home) -> None:
    found = unchanged.state(home, DAY)
    unchanged.forget(home)
    (inputs.ROOMS[0] / "model.sql").write_text("select 2")
    unchanged.keep(home, found, checks=7)
    assert unchanged.last(home) is None


def test_half_a_memory_is_none(home: Home) -> None:
    (home.path / unchanged.FILE).write_text('{"ended": "today"')
    assert unchanged.last(home) is None

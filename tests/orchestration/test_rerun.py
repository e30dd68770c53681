"""`nps audit rerun`: what is restored of raw, and what cannot be made again. Whole: `tests/end_to_end`."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import origins
from orchestration.cli import app
from orchestration.rerun import raw_of_then
from publication.origin import Loads, Origin
from tests.orchestration.small_publication import published

NOW = """
    create schema raw_files;
    create table raw_files._dlt_loads as
    select * from (values ('99.5', 0), ('100.25', 0), ('100.5', 0), ('101', 1)) as loads(load_id, status);
    create table raw_files._dlt_version as select 1 as version;
    create table raw_files.intake as
    select load_id as _dlt_load_id, answer from raw_files._dlt_loads cross join range(3) as answers(answer);
    create schema raw_stripe;
    create table raw_stripe._dlt_loads as select '102' as load_id, 0 as status;
    create schema marts;
    create table marts.built as select 1 as answer;
"""


@pytest.fixture
def now(tmp_path: Path) -> Path:
    """Raw after four loads, of which one never ended, and a source that came later."""
    path = tmp_path / "now.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(NOW)
    return path


def made_from(loads: Loads) -> Origin:
    return Origin("2026-01-01", ("files",), {"raw_files": loads}, {}, {}, {})


def test_raw_of_then_is_what_was_loaded_until_then(now: Path, tmp_path: Path) -> None:
    then = tmp_path / "then.duckdb"
    assert raw_of_then(now, then, made_from(Loads(2, "100.25", {"intake": 6}))) == ()
    with duckdb.connect(str(then), read_only=True) as connection:
        assert connection.execute(
            "select distinct _dlt_load_id from raw_files.intake order by 1"
        ).fetchall() == [
            ("100.25",),
            ("99.5",),
        ]
        assert connection.execute("select count(*) from raw_files._dlt_version").fetchall() == [(1,)]
        schemas = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
        assert schemas == [("raw_files",)]
        assert origins.held(connection)["raw_files"] == Loads(2, "100.25", {"intake": 6})


def test_what_raw_has_lost_is_named_with_both_numbers(now: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(now)) as connection:
        connection.execute("delete from raw_files.intake where _dlt_load_id = '99.5' and answer = 1")
        connection.execute("delete from raw_files._dlt_loads where load_id = '100.25'")
    was = made_from(Loads(2, "100.25", {"intake": 6, "quarantine": 1}))
    assert raw_of_then(now, tmp_path / "then.duckdb", was) == (
        "raw_files had 2 loads then, of which 1 are there",
        "raw_files.intake had 6 rows then, of which 2 are there",
        "raw_files.quarantine had 1 rows then, of which 0 are there",
    )


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("1", "earlier release"),
        ("7", "of publications 1 to 1"),
        ("20200101T000000Z", "no record of publication"),
    ],
)
def test_what_cannot_be_made_again_is_said(
    named: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path / "home")
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    answer = CliRunner().invoke(app, ["audit", "rerun", named])
    assert answer.exit_code == 1
    assert said in " ".join(answer.stderr.split())


def test_where_nothing_was_published_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    answer = CliRunner().invoke(app, ["audit", "rerun"])
    assert answer.exit_code == 1
    assert "nothing was published here" in " ".join(answer.stderr.split())

"""Raw of a release without a vault becomes what raw is where the same records came in with one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.server import VendorServers
from ingestion import hiding, landing
from ingestion.load import load_source
from orchestration import adopting
from orchestration.environment import Home
from vault import reading

Into = Callable[[str], Home]
PEOPLE = ("jo@acme.example", "Jo Smith", "call me back", "Nobody called")
ANSWERS = (
    "response_id,score,responded_at,respondent_email,comment,Note of the agent",
    "R1,9,2026-01-01T08:00:00Z, Jo@Acme.example ,Nobody called back,Jo Smith said it on the phone",
    "R2,ten,2026-01-01T08:00:00Z,jo@acme.example,Please call me back,x",
    "R3,3,2026-01-02T08:00:00Z,jo@acme.example, ,y",
)


@pytest.fixture
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Into:
    """A state folder into which loads go from now on: one called `new` hides what is personal."""

    def turned(name: str) -> Home:
        home = Home(tmp_path / name)
        home.path.mkdir(exist_ok=True)
        monkeypatch.setenv("NPS_HOME", str(home.path))
        of_loads = hiding.hiding if name == "new" else lambda source, table: None
        monkeypatch.setattr(landing, "hiding", of_loads)
        return home

    return turned


def deliver(home: Home, *lines: str) -> None:
    folder = home.inbox / "surveys" / "responses"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "march.csv").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    load_source("files")


def raw(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """Every raw table, without what two loads do not share."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where starts_with(schema_name, 'raw_')"
            " and not starts_with(table_name, '_dlt') order by all"
        ).fetchall()
        return {
            table: connection.execute(
                f"select columns(lambda c: c not in ('_dlt_load_id', '_dlt_id')) from {table} order by all"
            ).fetchall()
            for (table,) in tables
        }


def bytes_of(home: Home) -> bytes:
    return b"".join(
        path.read_bytes()
        for path in home.path.rglob("*")
        if path.is_file() and home.inbox not in path.parents
    )


def test_what_files_brought(into: Into) -> None:
    for name in ("old", "new"):
        home = into(name)
        deliver(home, *ANSWERS)
        # A corrected file: one row is gone and one is another, so raw has withdrawals too.
        deliver(home, *ANSWERS[:2], ANSWERS[3].replace("3", "4", 1).replace("R4", "R3"))
    new, old = into("new"), into("old")
    assert [each for each in PEOPLE if each.encode() in bytes_of(old)], "else nothing is proved"
    assert adopting.adopt(old) > 0
    made, wanted = raw(old), raw(new)
    moments = "withdrawals", "shared_versions"  # a version of a second load is named by its moment
    for table in wanted:
        if not table.endswith(moments):
            assert [*map(stable, made[table])] == [*map(stable, wanted[table])], table
        assert len(made[table]) == len(wanted[table]), table
    assert not [each for each in PEOPLE if each.encode() in bytes_of(old)]
    assert {*clear(old)} == {*clear(new)}
    assert adopting.adopt(old) == 0
    before = raw(old)
    load_source("files")
    assert raw(old) == before


def stable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without the moment of a load that a version may be named by."""
    return tuple(each.partition("@2")[0] if isinstance(each, str) else each for each in row)


def clear(home: Home) -> list[str]:
    """What the tokens of the answers' comments and addresses mean."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        tokens = connection.execute(
            "select unnest([comment, respondent_email]) from raw_files.surveys_responses union"
            " select original_text from raw_files.quarantine"
        ).fetchall()
    return sorted(reading.texts(home.path, (token for (token,) in tokens if token)).values())


@pytest.mark.long
def test_what_vendors_sent_is_what_the_door_makes_of_it(into: Into, vendors: VendorServers) -> None:
    sources = ("qualtrics", "salesforce", "typeform", "zendesk", "stripe")
    for name in ("old", "new"):
        into(name)
        for source in sources:
            load_source(source)
    new, old = into("new"), into("old")
    adopting.adopt(old)
    made, wanted = raw(old), raw(new)
    assert made.keys() == wanted.keys()
    for table in wanted:
        assert made[table] == wanted[table], table

"""The step of a refresh that copies to PostgreSQL: only where the config wants it, and loud if it fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from company import checking, publishing, writing
from orchestration import failures
from orchestration.cli import refreshing
from orchestration.defs import postgresql as step
from orchestration.report import RefreshReport
from tests.serving.conftest import AS_OF
from tests.serving.postgresql import BOARD, LYON, Server

pytestmark = pytest.mark.xdist_group("postgresql")

SECTION = """
[publication.postgresql]
url = "{url}"
schema = "figures"
[publication.postgresql.readers]
board = "everything"
lyon = {{ branch = ["B1", "B2"], region = ["South"] }}
"""


@pytest.fixture
def company(tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company whose state folder holds the published figures of this folder's tests."""
    writing.write(tmp_path / "company")
    shutil.copytree(published.parent, tmp_path / "home", symlinks=True)
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "company"))
    return tmp_path / "company"


def configured(company: Path, url: str) -> Path:
    with (company / "config.toml").open("a") as config:
        config.write(SECTION.format(url=url))
    (company / "secrets.toml").write_text('[publication.postgresql]\npassword = "hunter2"\n')
    (company / "secrets.toml").chmod(0o600)
    assert checking.judge(company) == []
    return company


def run(definitions: dg.Definitions) -> dg.ExecuteInProcessResult:
    return dg.materialize(list(definitions.assets or ()), raise_on_error=False)  # type: ignore[arg-type]


def test_without_a_section_there_is_no_such_step(company: Path) -> None:
    assert publishing.postgresql(company) is None
    assert not step.defs().assets


def test_the_step_copies_what_is_published_for_the_readers_of_the_config(
    postgresql: Server, company: Path
) -> None:
    database = postgresql.database("in_a_refresh")
    configured(company, postgresql.target(database).url)
    said = publishing.postgresql(company)
    assert said is not None
    assert (said.password, said.schema, said.keep) == ("hunter2", "figures", 5)
    assert run(step.defs()).success
    [(as_of,)] = postgresql.ask(database, BOARD, "select as_of from figures.publication")
    assert as_of == AS_OF
    branches = "select distinct branch from figures.nps_scores where segment = 'branch' order by 1"
    assert postgresql.ask(database, LYON, branches) == [("B1",), ("B2",)]
    regions = "select distinct region from figures.nps_scores where segment = 'region'"
    assert postgresql.ask(database, LYON, regions) == [("South",)]


def test_a_failed_copy_is_an_error_that_says_what_stays(company: Path, tmp_path: Path) -> None:
    configured(company, f"host={tmp_path} dbname=nps user=nobody")
    failed = run(step.defs())
    assert not failed.success
    found = failures.first_failure(failed.get_step_failure_events())
    assert found is not None
    assert found[0] == "postgresql_copy"
    assert "was not copied to PostgreSQL" in found[1]
    assert "nothing has changed there, and the next refresh tries again" in found[1]
    assert "hunter2" not in found[1]


def test_the_command_says_that_the_publication_itself_stands(capsys: pytest.CaptureFixture[str]) -> None:
    report = RefreshReport(
        *("run", False, "2026-04-01", (), 0, 0, (), "postgresql_copy", "publication v2 was not copied"),
        *("v2", True, 1.0),
    )
    assert refreshing.conclude(report, None) == 1
    assert "publication v2 was not copied; version v2 is published" in " ".join(
        capsys.readouterr().err.split()
    )

"""What another release published and lacks is one line: the publication, what it has not, and the remedy."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from publication import reader
from publication.finance import Finance
from publication.rows import OlderPublicationError
from tests.orchestration.small_publication import published as published_scores
from tests.publication.money_published import published


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tables of money and nothing else."""
    published(tmp_path / "published")
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    return tmp_path


def change(home: Path, statement: str) -> None:
    with duckdb.connect(home / "published" / "current" / "nps.duckdb") as connection:
        connection.execute(statement)


def told(*command: str) -> str:
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    [line] = done.stderr.splitlines()
    assert line.endswith(": another release made it; run `nps refresh`, which publishes with this one")
    return line.partition(": another")[0]


@pytest.mark.parametrize(
    ("command", "table"),
    [
        (("show",), "nps_scores"),
        (("why",), "nps_changes_explained"),
        (("show", "finance"), "association_placebo"),
    ],
)
def test_a_table_that_is_lacking_is_named(home: Path, command: tuple[str, ...], table: str) -> None:
    change(home, "drop table association_placebo")
    assert told(*command) == f"error: publication 1 has no table {table}"


def test_a_bridge_that_is_lacking_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published_scores(tmp_path / "home")
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    assert told("bridge").endswith("has no table nps_bridge")


@pytest.mark.parametrize(
    ("table", "column"), [("revenue_coverage", "survey_type"), ("revenue_at_risk", "verdict")]
)
def test_a_column_that_is_lacking_is_named(home: Path, table: str, column: str) -> None:
    change(home, f"alter table {table} drop column {column}")
    assert told("show", "finance") == f"error: publication 1 has no column {column}"


def test_a_mistake_of_ours_is_no_older_publication(home: Path) -> None:
    with (
        pytest.raises(duckdb.BinderException, match="aggregate"),
        reader.open_current(home / "published") as connection,
    ):
        connection.execute("select sum(sum(accounts)) from revenue_coverage")


def test_a_publication_in_memory_says_so() -> None:
    with duckdb.connect() as connection, pytest.raises(OlderPublicationError, match=r"\(in memory\) has no"):
        Finance(connection).growth()

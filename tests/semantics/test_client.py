"""DuckDB behind MetricFlow's interface: it reads, binds, and never writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

from semantics.client import DuckDbClient
from semantics.errors import BeingBuiltError, NothingBuiltError


@pytest.fixture
def client(tmp_path: Path) -> Iterator[DuckDbClient]:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as opened:
        opened.execute(
            "create table answers as select 9 as score, timestamptz '2026-01-01 00:30:00+01' as given_at"
        )
    client = DuckDbClient(tmp_path / "w.duckdb")
    yield client
    client.close()


def test_rows_come_back_with_their_columns_in_utc(client: DuckDbClient) -> None:
    table = client.query("select score, cast(given_at as date)::varchar as day from answers")
    assert (list(table.column_names), table.rows) == (["score", "day"], ((9, "2025-12-31"),))


def test_parameters_are_bound_by_name(client: DuckDbClient) -> None:
    least = SqlBindParameterSet.create_from_dict({"least": 10})
    key = client.render_bind_parameter_key("least")
    assert client.query(f"select score from answers where score >= {key}", least).row_count == 0


def test_it_cannot_write(client: DuckDbClient) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        client.execute("delete from answers")


def test_a_statement_is_planned_without_being_run(client: DuckDbClient) -> None:
    client.dry_run("select score from answers")
    with pytest.raises(duckdb.BinderException):
        client.dry_run("select grade from answers")


def test_without_a_file_there_is_nothing_to_ask(tmp_path: Path) -> None:
    with pytest.raises(NothingBuiltError, match="run `nps refresh` or `nps demo` first"):
        DuckDbClient(tmp_path / "none.duckdb")


def test_a_file_that_is_being_written_is_asked_later(tmp_path: Path) -> None:
    writer = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "w.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", writer, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as refresh:
        assert refresh.stdout
        assert refresh.stdout.readline()
        with pytest.raises(BeingBuiltError, match="try again when it has finished"):
            DuckDbClient(path)
        refresh.communicate(b"")

"""Great Expectations on DuckDB: what is worked around, that it works, and that the file is let go."""

from __future__ import annotations

import socket
from pathlib import Path

import duckdb
import pytest
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.execution_engine import sqlalchemy_execution_engine as engines

from expectations import duckdb_connection
from expectations.runner import run
from tests.expectations.warehouse import VENDORS


def test_the_workaround_is_still_needed(whole_warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails, Great Expectations reads its cursor in time: remove `keep_connections`."""
    own = tuple(each for each in engines._PERSISTED_CONNECTION_DIALECTS if each.value != "duckdb")
    monkeypatch.setattr(engines, "_PERSISTED_CONNECTION_DIALECTS", own)
    monkeypatch.setattr(duckdb_connection, "keep_connections", lambda: None)
    assert not run("marts", whole_warehouse, VENDORS).success


def test_the_context_does_not_write_itself(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails, Great Expectations has another name for it: see what `reading` puts in its place."""
    written: list[object] = []
    monkeypatch.setattr(EphemeralDataContext, "_save_project_config", written.append)
    with duckdb_connection.reading(warehouse) as (_, source):
        written.clear()
        source.add_table_asset("answers", table_name="fct_survey_responses", schema_name="marts")
    assert written == []


def test_keeping_connections_twice_changes_nothing() -> None:
    duckdb_connection.keep_connections()
    once = engines._PERSISTED_CONNECTION_DIALECTS
    duckdb_connection.keep_connections()
    assert once == engines._PERSISTED_CONNECTION_DIALECTS
    assert [dialect.value for dialect in once].count("duckdb") == 1


def test_the_file_is_opened_read_only_and_let_go(warehouse: Path) -> None:
    with duckdb_connection.reading(warehouse) as (_, source):
        source.get_execution_engine()
        with source.get_engine().connect() as connection, pytest.raises(Exception, match="read-only"):
            connection.exec_driver_sql("create table marts.t as select 1")
    run("marts", warehouse, VENDORS)
    with duckdb.connect(warehouse) as writer:
        writer.execute("create table marts.t as select 1")


def _fail_while_reading(warehouse: Path) -> None:
    with duckdb_connection.reading(warehouse) as (_, source):
        source.get_execution_engine().get_connection().__enter__()
        raise RuntimeError("while reading")


def test_the_file_is_let_go_after_an_exception(warehouse: Path) -> None:
    with pytest.raises(RuntimeError, match="while reading"):
        _fail_while_reading(warehouse)
    with duckdb.connect(warehouse) as writer:
        writer.execute("create table marts.t as select 1")


def test_nothing_is_sent_anywhere(warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the guard reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert run("marts", warehouse, VENDORS, tmp_path / "docs").success

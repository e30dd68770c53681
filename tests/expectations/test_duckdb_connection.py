"""Great Expectations on DuckDB: what is worked around, that it works, and that the file is let go."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import duckdb
import pytest
from great_expectations.data_context.store.data_context_store import DataContextStore
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine

from expectations import duckdb_connection
from expectations.runner import run
from tests.expectations.warehouse import VENDORS


def test_the_workaround_is_still_needed(whole_warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails, Great Expectations reads its cursor in time: remove the engine and the data source."""
    own = SqlAlchemyExecutionEngine.get_connection
    monkeypatch.setattr(duckdb_connection.KeepingEngine, "get_connection", own)
    assert not run("marts", whole_warehouse, VENDORS).success


def test_the_context_does_not_write_itself_for_each_table(
    whole_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    write = DataContextStore.set

    def counted(self: DataContextStore, *which: Any, **more: Any) -> Any:
        written.append(which)
        return write(self, *which, **more)

    monkeypatch.setattr(DataContextStore, "set", counted)
    tables = {check.table for check in run("raw", whole_warehouse, VENDORS).results}
    assert 0 < len(written) < 4 < len(tables)


def test_the_file_is_opened_read_only_and_let_go(warehouse: Path) -> None:
    with duckdb_connection.reading(warehouse) as source:
        source.get_execution_engine()
        with source.get_engine().connect() as connection, pytest.raises(Exception, match="read-only"):
            connection.exec_driver_sql("create table marts.t as select 1")
    run("marts", warehouse, VENDORS)
    with duckdb.connect(warehouse) as writer:
        writer.execute("create table marts.t as select 1")


def _fail_while_reading(warehouse: Path) -> None:
    with duckdb_connection.reading(warehouse) as source:
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

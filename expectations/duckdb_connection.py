"""Great Expectations on DuckDB: one connection, kept for the run and closed at its end.

Great Expectations reads a cursor after giving its connection back to the pool. With duckdb-engine that
cursor is empty by then: some metrics fail ("list index out of range"), others quietly find no rows and
pass. For SQLite and others it keeps the connection; the execution engine here does so for DuckDB.
`tests/expectations/test_duckdb_connection.py` says when this is no longer needed.

Belongs here: the engine and its quirks. Does not belong here: any expectation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

# Before the import below: some releases send usage statistics from their import on.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import great_expectations as gx
import sqlalchemy
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine

SOURCE_NAME = "warehouse"


class KeepingEngine(SqlAlchemyExecutionEngine):
    """Great Expectations' own engine, over one connection that stays open until the engine is closed."""

    kept: sqlalchemy.Connection | None = None

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        if self.kept is None:
            self.kept = self.engine.connect()
        yield self.kept

    def close(self) -> None:
        if self.kept is not None:
            self.kept.close()
            self.kept = None
        super().close()


class WorkingFile(SQLDatasource):
    """A data source that uses this engine."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> Any:
        return KeepingEngine


@contextmanager
def reading(warehouse: Path) -> Iterator[WorkingFile]:
    """A data source for `warehouse`, read-only, closed at the end.

    It belongs to no context yet (`context_of`). DuckDB has one writer: a connection left open would lock it
    out. Raises FileNotFoundError when there is no such file.
    """
    if not warehouse.is_file():
        raise FileNotFoundError(f"there is no working file {warehouse}: load and build first")
    url = sqlalchemy.URL.create("duckdb", database=str(warehouse))
    source = WorkingFile(
        name=SOURCE_NAME,
        connection_string=url.render_as_string(),
        kwargs={"connect_args": {"read_only": True}},
    )
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def context_of(source: WorkingFile) -> Any:
    """An in-memory context that judges this data source.

    Add the tables to the source first: a context writes itself as YAML for each table that comes later.
    """
    context: Any = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.data_sources.add_duckdb(source)
    return context

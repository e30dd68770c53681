"""Great Expectations on DuckDB: one connection, kept for the run and closed at its end.

Great Expectations reads a cursor after giving its connection back to the pool. With duckdb-engine that
cursor is empty by then: some metrics fail ("list index out of range"), others quietly find no rows and
pass. For the dialects in its list of persisted connections it keeps the connection; DuckDB is added to
that list here. `tests/expectations/test_duckdb_connection.py` says when this is no longer needed.

Belongs here: the engine and its quirks. Does not belong here: any expectation.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Before the import below: some releases send usage statistics from their import on.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import great_expectations as gx
import sqlalchemy
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine import sqlalchemy_execution_engine

SOURCE_NAME = "warehouse"


class _Dialect(enum.StrEnum):
    """A member as those of Great Expectations' own list: equal to the dialect's name, with a `value`."""

    DUCKDB = "duckdb"


def keep_connections() -> None:
    """Make Great Expectations keep its connection to DuckDB. Calling it again changes nothing."""
    engines: Any = sqlalchemy_execution_engine
    if _Dialect.DUCKDB not in engines._PERSISTED_CONNECTION_DIALECTS:
        engines._PERSISTED_CONNECTION_DIALECTS = (*engines._PERSISTED_CONNECTION_DIALECTS, _Dialect.DUCKDB)


@contextmanager
def reading(warehouse: Path) -> Iterator[tuple[Any, Any]]:
    """An in-memory context and its data source for `warehouse`, read-only, closed at the end.

    Yields (context, data source). DuckDB has one writer: a connection left open would lock it out.
    Raises FileNotFoundError when there is no such file.
    """
    if not warehouse.is_file():
        raise FileNotFoundError(f"there is no working file {warehouse}: load and build first")
    keep_connections()
    context: Any = gx.get_context(mode="ephemeral")
    # It would write itself as YAML at every table it hears of, and keep nothing of that.
    context._save_project_config = lambda: None
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    url = sqlalchemy.URL.create("duckdb", database=str(warehouse))
    source = context.data_sources.add_sql(
        SOURCE_NAME,
        connection_string=url.render_as_string(),
        kwargs={"connect_args": {"read_only": True}},
    )
    try:
        yield context, source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()

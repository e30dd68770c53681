"""Rows of a published database by column, and one clear line where it lacks what is asked of it.

A publication that an older release made may lack a table or a column of this one. Belongs here: saying which,
and what to do. Does not belong here: which rows are read (`reader`, `finance`, `explanations`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

_MISSING = re.compile(
    r'(?P<kind>Table) with name (?P<table>\S+) does not exist|column(?: named)? "(?P<column>[^"]+)"'
)


class OlderPublicationError(Exception):
    """The publication lacks a table or column. The message names both, and the remedy."""

    def __init__(self, version: str, lacks: str) -> None:
        super().__init__(
            f"publication {version} has no {lacks}: another release made it; run `nps refresh`, which"
            " publishes with this one"
        )


class Record(dict[str, Any]):
    """A row by column. A column that there is not is what its publication lacks."""

    def __init__(self, values: Any, version: str) -> None:
        super().__init__(values)
        self._version = version

    def __missing__(self, column: str) -> Any:
        raise OlderPublicationError(self._version, f"column {column}")


def records(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> list[Record]:
    """What a query finds. Raises OlderPublicationError as `naming` does, and for a column of a row."""
    version = _version(connection)
    with naming(version):
        found = connection.execute(query, list(values))
    names = [column[0] for column in found.description]
    return [Record(zip(names, row, strict=True), version) for row in found.fetchall()]


@contextmanager
def naming(version: str) -> Iterator[None]:
    """Within it, a query of a table or column that there is not raises OlderPublicationError."""
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        missing = _MISSING.search(str(error))
        if missing is None:
            raise
        lacks = f"table {missing['table']}" if missing["kind"] else f"column {missing['column']}"
        raise OlderPublicationError(version, lacks) from error


def _version(connection: duckdb.DuckDBPyConnection) -> str:
    """The folder of the database, which bears the publication's name."""
    [(path,)] = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    return Path(path).resolve().parent.name if path else "(in memory)"

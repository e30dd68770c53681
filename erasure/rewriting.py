"""A database file into a new one: what was deleted or changed is then in no free page and no log of it.

DuckDB leaves what is deleted in its file until the page is used again. So a file from which something must be
gone is copied without it, and the copy takes its place in one rename.

Belongs here: the copy, and that it takes the place whole or not at all. Does not belong here: what is
different in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb

#: A copy that has not taken the place of its file yet. A killed run leaves one; the next begins it anew.
FRESH: Final = ".fresh"
#: The catalog of the file that is copied, in the connection that copies.
EARLIER: Final = "earlier"
# As a load writes: see `ingestion.warehouse`.
_TEXTS_AS_THEY_ARE: Final[dict[str, Any]] = {"disabled_compression_methods": "dictionary,dict_fsst,fsst"}

#: From a connection in which the old file is the catalog `earlier`, a schema and a table: the query whose
#: rows the new table gets. What the query reads besides may be registered in the connection.
Rows: TypeAlias = Callable[[duckdb.DuckDBPyConnection, str, str], str]
Chosen: TypeAlias = Callable[[str], bool]


def as_they_are(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """All rows of a table."""
    return f'select * from {EARLIER}."{schema}"."{table}"'


def every(schema: str) -> bool:
    """No schema is left out."""
    return True


def rewrite(file: Path, rows: Rows = as_they_are, only: Chosen = every) -> None:
    """Write a database file anew, and put it in the place of the old one, which is gone.

    Only schemas that `only` says yes to are copied, and of each table what `rows` says. Nobody else may have
    the file open. What fails leaves the old file as it was. Raises duckdb.Error, OSError, and what `rows`
    raises.
    """
    replace(copy(file, rows, only), file)


def copy(file: Path, rows: Rows = as_they_are, only: Chosen = every) -> Path:
    """The first half of `rewrite`: the copy, complete and on disk, beside the file, which is as it was."""
    fresh = file.with_name(file.name + FRESH)
    for leftover in (fresh, _log(fresh)):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(file), config=_TEXTS_AS_THEY_ARE) as connection:
        connection.execute("checkpoint")  # what its log has is in the file from here on
    # Views name the catalog that they were made in, so the copy has the name of the file meanwhile.
    name = file.stem
    with duckdb.connect(config=_TEXTS_AS_THEY_ARE) as connection:
        connection.execute(f"attach '{_quoted(file)}' as {EARLIER} (read_only)")
        connection.execute(f"attach '{_quoted(fresh)}' as \"{name}\"")
        connection.execute(f'use "{name}"')
        schemas = [schema for (schema,) in connection.execute(_SCHEMAS).fetchall() if only(schema)]
        for schema in schemas:
            connection.execute(f'create schema if not exists "{schema}"')
            for table, sql in connection.execute(_TABLES, [schema]).fetchall():
                connection.execute(sql)  # names schema and table, and all columns with their constraints
                connection.execute(f'insert into "{schema}"."{table}" {rows(connection, schema, table)}')
        _make_views(connection, schemas)
        connection.execute("checkpoint")
    _to_disk(fresh)
    return fresh


def replace(fresh: Path, file: Path) -> None:
    """The second half of `rewrite`: one rename, after which the old file and its log are gone."""
    fresh.chmod(file.stat().st_mode & 0o777)
    _log(file).unlink(missing_ok=True)  # it has been empty since the copy was begun
    fresh.replace(file)
    _to_disk(file.parent)


_SCHEMAS: Final = (
    f"select schema_name from duckdb_schemas() where database_name = '{EARLIER}' and not internal order by 1"
)
_TABLES: Final = (
    f"select table_name, sql from duckdb_tables() where database_name = '{EARLIER}' and schema_name = ?"
    " and not temporary order by 1"
)
_VIEWS: Final = (
    "select schema_name, sql from duckdb_views()"
    f" where database_name = '{EARLIER}' and not internal order by schema_name, view_name"
)


def _make_views(connection: duckdb.DuckDBPyConnection, schemas: Collection[str]) -> None:
    """A view may read one that comes later: those that cannot be made yet wait for the others. Of those that
    read what was not copied, the first is an error: leave out what reads a schema with it."""
    waiting = [sql for schema, sql in connection.execute(_VIEWS).fetchall() if schema in schemas]
    while waiting:
        left, said = [], None
        for sql in waiting:
            try:
                connection.execute(sql)
            except duckdb.CatalogException as error:
                left.append(sql)
                said = said or error
        if said is not None and len(left) == len(waiting):
            raise said
        waiting = left


def _log(file: Path) -> Path:
    return file.with_name(file.name + ".wal")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

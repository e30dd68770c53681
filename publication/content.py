"""The content of a publication: its tables, their content, and their copies.

Belongs here: all use of the engine, that is, reading the working file and writing the copy. Does not belong
here: folders, links and failures (`versions`, `publish`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

SCHEMA = "publication"
DATABASE_NAME = "nps.duckdb"
PARQUET_FOLDER = "parquet"
DOCUMENTS = "documents"
RECORDS = "records"
# Fixed, so that equal content gives equal bytes whatever default a later engine has.
_ROW_GROUP_SIZE = 122_880


@dataclass(frozen=True)
class Added:
    """A published table that is not in the working file; `descriptions` by column, '' is the table."""

    name: str
    rows: pa.Table
    descriptions: Mapping[str, str]


@dataclass(frozen=True)
class TableContent:
    """A table's name, number of rows, and md5 over its columns and rows (in any order)."""

    name: str
    rows: int
    content_hash: str


@contextmanager
def working(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the working file attached as `working`, read-only. Raises duckdb.Error."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {literal(warehouse)} as working (read_only)")
        yield connection


def tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    """Names of the tables and views to publish, sorted."""
    found = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = ? and table_schema = ? order by table_name",
        [catalog, SCHEMA],
    ).fetchall()
    return [name for (name,) in found]


def measure(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> TableContent:
    """Count and hash the rows of `table` (a quoted, qualified name).

    Every row is hashed as JSON, which quotes its values (so that `a|b` and `a`, `b` differ), and the
    sorted row hashes are hashed with the column names and types: row order and number of threads do
    not matter, a changed column does. Nor does the sign of zero, which DuckDB's storage may change.
    """
    columns = connection.execute(f"describe {table}").fetchall()
    shape = ",".join(f"{column[0]} {column[1]}" for column in columns)
    unsigned = ", ".join(
        f"case when {name} = 0 then 0 else {name} end as {name}"
        for name in (quoted(column[0]) for column in columns if column[1] in ("DOUBLE", "FLOAT"))
    )
    row = connection.execute(
        f"""
        with published as (
            select *{f" replace ({unsigned})" if unsigned else ""}
            from {table}
        ),

        row_hashes as (
            select md5(cast(to_json(published) as varchar)) as row_hash
            from published
        ),

        final as (
            select
                count(*) as row_count,
                md5(? || coalesce(string_agg(row_hash, '' order by row_hash), '')) as content_hash
            from row_hashes
        )

        select * from final
        """,
        [shape],
    ).fetchone()
    assert row is not None  # an aggregate without groups always has one row
    return TableContent(name, int(row[0]), str(row[1]))


def definition_version(connection: duckdb.DuckDBPyConnection, catalog: str) -> str | None:
    """The definition in force at the end of the newest published period; None without any figure."""
    row = connection.execute(
        f"select definition_version from {catalog}.{SCHEMA}.nps_scores"
        " order by period_end desc, definition_version desc limit 1"
    ).fetchone()
    return None if row is None else str(row[0])


def copy(warehouse: Path, folder: Path, names: list[str], added: Sequence[Added]) -> None:
    """Copy the tables into `folder`: one DuckDB file (its default schema) and one Parquet file each.

    Rows are ordered by all columns, key first, and Parquet is written by one thread: equal content gives
    byte-identical Parquet files. Descriptions of tables and columns are copied too. `added` are tables that
    publishing creates and that are not in the working file.
    """
    (folder / PARQUET_FOLDER).mkdir(parents=True)
    with duckdb.connect(folder / DATABASE_NAME) as connection:
        connection.execute(f"attach {literal(warehouse)} as working (read_only)")
        for name in names:
            table = quoted(name)
            connection.execute(f"create table {table} as select * from working.{SCHEMA}.{table} order by all")
        for made in added:
            connection.register("added_rows", made.rows)
            connection.execute(f"create table {quoted(made.name)} as select * from added_rows order by all")
            connection.unregister("added_rows")
        for name in [*names, *(made.name for made in added)]:
            write_parquet(connection, quoted(name), parquet_file(folder, name))
        _copy_descriptions(connection)
        for made in added:
            for column, description in made.descriptions.items():
                _describe(connection, made.name, column, description)
        connection.execute("detach working")
        connection.execute("checkpoint")


def write_parquet(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Write a sorted table (a quoted name) as Parquet, by one thread: equal rows give equal bytes."""
    connection.execute("set threads = 1")
    connection.execute(
        f"copy {table} to {literal(path)}"
        f" (format parquet, compression zstd, row_group_size {_ROW_GROUP_SIZE})"
    )
    connection.execute("reset threads")


def parquet_file(folder: Path, table: str) -> Path:
    """The Parquet file of a table in a version's folder."""
    return folder / PARQUET_FOLDER / f"{table}.parquet"


def sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _copy_descriptions(connection: duckdb.DuckDBPyConnection) -> None:
    described = connection.execute(
        "select table_name, null, comment from duckdb_tables()"
        " where database_name = 'working' and schema_name = ? and comment is not null"
        " union all select table_name, column_name, comment from duckdb_columns()"
        " where database_name = 'working' and schema_name = ? and comment is not null",
        [SCHEMA, SCHEMA],
    ).fetchall()
    for table, column, description in described:
        _describe(connection, table, column, description)


def _describe(
    connection: duckdb.DuckDBPyConnection, table: str, column: str | None, description: str
) -> None:
    target = f"column {quoted(table)}.{quoted(column)}" if column else f"table {quoted(table)}"
    connection.execute(f"comment on {target} is {literal(description)}")


def literal(value: object) -> str:
    """A value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"

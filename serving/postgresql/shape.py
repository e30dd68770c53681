"""The tables and views of a copy: made once, and changed only where a publication has other columns.

A copy that changes no shape takes no lock that a reader waits for.

Belongs here: statements that define. Does not belong here: rows (`copying`), who sees which (`readers`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import duckdb
from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from serving.postgresql.target import Target

#: The publication that a row of a kept table belongs to.
SEQUENCE = "publication_sequence"
PUBLICATIONS = "publications"
#: The view of the current publication: version, as-of, ledger head.
PUBLICATION = "publication"
#: By these, as far as a table has them, its rows are usually chosen.
_ASKED_BY = ("segment", "measure", "period_grain", "survey_type")
#: Neither an index nor statistics by these: `explain` would tell a reader how many rows another branch has.
_SILENT = ("branch", "branch_name", "region")
_TYPES: Mapping[str, LiteralString] = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Shape:
    """A published table: its columns with their types in PostgreSQL, and what it and they mean."""

    name: str
    columns: Mapping[str, Composed | SQL]
    description: str
    descriptions: Mapping[str, str]


def shapes(published: duckdb.DuckDBPyConnection) -> list[Shape]:
    """Every published table, by name. Raises ValueError for a type without an equal in PostgreSQL."""
    tables = published.execute("select table_name, comment from duckdb_tables() order by 1").fetchall()
    found = []
    for name, description in tables:
        columns = published.execute(
            "select column_name, data_type, comment from duckdb_columns() where table_name = ?"
            " order by column_index",
            [name],
        ).fetchall()
        found.append(
            Shape(
                name,
                {column: _type(name, column, kind) for column, kind, _ in columns},
                description or "",
                {column: text for column, _, text in columns if text},
            )
        )
    return found


def _type(table: str, column: str, kind: str) -> Composed | SQL:
    if kind in _TYPES:
        return SQL(_TYPES[kind])
    if decimal := _DECIMAL.fullmatch(kind):
        return SQL("numeric({}, {})").format(*map(int, decimal.groups()))
    raise ValueError(f"{table}.{column} is {kind}, which has no equal in PostgreSQL")


def prepare(cursor: Cursor, target: Target, wanted: list[Shape]) -> None:
    """Schemas, tables, indexes, views and comments as this publication needs them."""
    kept, shown = Identifier(target.kept), Identifier(target.schema)
    for schema in (kept, shown):
        cursor.execute(SQL("create schema if not exists {}").format(schema))
    cursor.execute(
        SQL(
            "create table if not exists {} (sequence bigint primary key, version text not null,"
            " published_at timestamptz not null, as_of date not null, definition_version text,"
            " ledger_head text not null, is_current boolean not null)"
        ).format(Identifier(target.kept, PUBLICATIONS))
    )
    for shape in wanted:
        _table(cursor, target, shape)
        _view(cursor, target, shape)
        _comment(cursor, target, shape)
    columns = ["version", "sequence", "published_at", "as_of", "definition_version", "ledger_head"]
    if not _columns(cursor, target.schema, PUBLICATION):
        cursor.execute(
            SQL("create view {} with (security_invoker = true) as select {} from {} where is_current").format(
                Identifier(target.schema, PUBLICATION),
                SQL(", ").join(map(Identifier, columns)),
                Identifier(target.kept, PUBLICATIONS),
            )
        )


def _columns(cursor: Cursor, schema: str, name: str) -> list[str]:
    """The columns of a table or view in their order; none where there is no such thing."""
    cursor.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
        " order by ordinal_position",
        [schema, name],
    )
    return [column for (column,) in cursor.fetchall()]


def _table(cursor: Cursor, target: Target, shape: Shape) -> None:
    name = Identifier(target.kept, shape.name)
    there = _columns(cursor, target.kept, shape.name)
    added = [
        SQL("add column {} {}").format(Identifier(column), kind)
        for column, kind in shape.columns.items()
        if column not in there
    ]
    if not there:
        cursor.execute(SQL("create table {} ({} bigint not null)").format(name, Identifier(SEQUENCE)))
    added += [
        SQL("alter column {} set statistics 0").format(Identifier(column))
        for column in _SILENT
        if column in shape.columns and column not in there
    ]
    if added:
        cursor.execute(SQL("alter table {} {}").format(name, SQL(", ").join(added)))
    if not there:
        asked_by = [SEQUENCE, *(column for column in _ASKED_BY if column in shape.columns)]
        cursor.execute(SQL("create index on {} ({})").format(name, SQL(", ").join(map(Identifier, asked_by))))


def _view(cursor: Cursor, target: Target, shape: Shape) -> None:
    """The current publication's rows. It reads with the reader's own rights, so the tables' policies hold."""
    name = Identifier(target.schema, shape.name)
    there = _columns(cursor, target.schema, shape.name)
    if there == list(shape.columns):
        return
    if there:
        cursor.execute(SQL("drop view {}").format(name))
    cursor.execute(
        SQL(
            "create view {} with (security_invoker = true) as select {} from {}"
            " where {} = (select sequence from {} where is_current)"
        ).format(
            name,
            SQL(", ").join(map(Identifier, shape.columns)),
            Identifier(target.kept, shape.name),
            Identifier(SEQUENCE),
            Identifier(target.kept, PUBLICATIONS),
        )
    )


def _comment(cursor: Cursor, target: Target, shape: Shape) -> None:
    cursor.execute(
        SQL("comment on view {} is {}").format(
            Identifier(target.schema, shape.name), Literal(shape.description)
        )
    )
    for column, text in shape.descriptions.items():
        cursor.execute(
            SQL("comment on column {} is {}").format(
                Identifier(target.schema, shape.name, column), Literal(text)
            )
        )

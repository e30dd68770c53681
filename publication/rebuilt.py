"""Whether what was built again is what was published: every table, and every figure of the ledger.

Belongs here: the comparison. Does not belong here: building again (`orchestration.rerun`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from publication import content, ledger, money_ledger

#: How many rows are shown of what is not the same.
SHOWN = 2


@dataclass(frozen=True)
class Difference:
    """A table that is not the same: rows that were published and are not built again, rows that are built
    and were not published, and some of them. The numbers are None where only a hash was kept of it."""

    table: str
    lost: int | None = None
    added: int | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """How many tables, rows and figures of the ledger were compared, and what differs."""

    tables: int
    rows: int
    figures: int
    differences: tuple[Difference, ...]


def compare(
    warehouse: Path, tables: Mapping[str, str], version: Path | None, books: Path, sequence: int
) -> Compared:
    """Compare the `publication` schema of a working file with a publication.

    `tables` are the content hashes of what was published; `version` is its folder where it is still kept,
    from which the rows that differ are shown. The figures are those of the ledger in `books`; its caller has
    verified it. Raises duckdb.Error, LedgerError.
    """
    with content.working(warehouse) as connection:
        if version is not None:
            connection.execute(
                f"attach {content.literal(version / content.DATABASE_NAME)} as published (read_only)"
            )
        made = {
            name: content.measure(connection, _made(name), name)
            for name in content.tables(connection, "working")
        }
        differences = []
        for name in sorted({*tables, *made}):
            if name not in made or tables.get(name) != made[name].content_hash:
                there = version is not None and name in tables and name in made
                differences.append(_rows(connection, name) if there else Difference(name))
        figures = 0
        for name, was, now in (
            ("the ledger's scores", ledger.read(books, sequence), ledger.figures(connection, "working")),
            (
                "the ledger's figures of money",
                ledger.money(books, sequence),
                money_ledger.figures(connection, "working"),
            ),
        ):
            figures += was.num_rows
            differences += _figures(connection, name, was, now)
    return Compared(len(made), sum(each.rows for each in made.values()), figures, tuple(differences))


def _made(name: str) -> str:
    return f"working.{content.SCHEMA}.{content.quoted(name)}"


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> Difference:
    """The rows of a table that are not the same."""
    was = connection.sql(f"select * from published.{content.quoted(name)}")
    now = connection.sql(f"select * from {_made(name)}")
    if was.columns != now.columns:
        lacks, more = ({*was.columns} - {*now.columns}), ({*now.columns} - {*was.columns})
        return Difference(name, examples=(f"columns gone: {sorted(lacks)}, new: {sorted(more)}",))
    return _difference(name, was, now)


def _figures(
    connection: duckdb.DuckDBPyConnection, name: str, was: pa.Table, now: pa.Table
) -> list[Difference]:
    """The figures of the ledger that are not the same."""
    if not {*now.column_names} <= {*was.column_names}:
        return [Difference(name, examples=(f"columns {now.column_names}, and not {was.column_names}",))]
    compared = _difference(
        name, connection.from_arrow(was.select(now.column_names)), connection.from_arrow(now)
    )
    return [compared] if compared.lost or compared.added else []


def _difference(name: str, was: duckdb.DuckDBPyRelation, now: duckdb.DuckDBPyRelation) -> Difference:
    lost, added = was.except_(now), now.except_(was)
    shown = [
        (sign, row) for sign, rows in (("-", lost), ("+", added)) for row in rows.limit(SHOWN).fetchall()
    ]
    examples = tuple(f"{sign} {', '.join(map(str, row))}" for sign, row in shown)
    return Difference(name, len(lost), len(added), examples)

"""The published tables of money: those a database has, their keys, and the rows behind their figures.

Belongs here: reading `money_kinds` for one database. Does not belong here: calculating a figure
(`dbt_project`), the ledger's rows (`money_ledger`), what changed (`money_restatements`).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from publication.content import SCHEMA
from publication.figure import ALL
from publication.money_kinds import KINDS

__all__ = ["KINDS", "behind", "columns", "key", "published", "segments"]


def published(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    """The tables of money that a database publishes."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name in (?, 'main')"
        " union select view_name from duckdb_views() where database_name = ? and schema_name = ?",
        [catalog, SCHEMA, catalog, SCHEMA],
    ).fetchall()
    return [table for table in KINDS if (table,) in found]


def columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """The columns of a relation."""
    return [column[0] for column in connection.execute(f"select * from {relation} limit 0").description]


def key(table: str, names: Sequence[str]) -> tuple[str, ...]:
    """The key among a table's columns, which begin with it."""
    return tuple(names[: names.index(KINDS[table].last_of_key) + 1])


def segments(connection: duckdb.DuckDBPyConnection, relation: str, key: Sequence[str]) -> list[str]:
    """The segments of a published table; only the company where it has no others."""
    if "segment" not in key:
        return []
    found = connection.execute(f"select distinct segment from {relation} order by 1").fetchall()
    return [segment for (segment,) in found] or ["company"]


def behind(table: str, key: Sequence[str], segments: Sequence[str], catalog: str = "working") -> str:
    """A query of the rows behind every figure: the key, `account_key`, `part` and `content`."""
    query = KINDS[table].behind.replace("{catalog}", catalog)
    if "{segments}" not in query:
        return query
    place = key.index("segment") + 1
    known = ("definition_version", "band")
    members = [name for name in key[place:] if name not in known]
    qualified = "answers." if table == "weighted_scores" else ""
    return " union all ".join(
        f"({query.replace('{segments}', _split(segment, members, qualified))})" for segment in segments
    )


def _split(segment: str, members: Sequence[str], qualified: str) -> str:
    return ", ".join(
        [
            f"'{segment}' as segment",
            *(f"{qualified}{name}" if name == segment else f"'{ALL}' as {name}" for name in members),
        ]
    )

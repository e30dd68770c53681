"""What a refresh could not join, and what it could not read, in one short line each.

Belongs here: the lines at the end of a report. Does not belong here: how much of it stops a publication
(`expectations/limits`), or the details per file (`cli/inventory`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

UNMATCHED = "marts.audit_unmatched"
_QUARANTINED = """
    select source, table_name, reason, count(*),
        arg_max(origin || ', row ' || load_position || ': ' || detail, (load_id, -load_position))
    from staging.stg_sources__quarantined_records
    group by all
    order by source, table_name, count(*) desc, reason
"""


def lines(warehouse: Path) -> tuple[str, ...]:
    """Everything that could not be joined or read, according to the models of the last build."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return (*_not_read(connection), *_unmatched(connection), *_quarantined(connection))


def unread_comments(connection: duckdb.DuckDBPyConnection) -> int:
    """How many different comments the last build could not read, for want of the vault's key."""
    try:
        [(comments,)] = connection.execute("select comments from topics.unread").fetchall()
    except duckdb.CatalogException:  # the company declares no topics, or an earlier release was here last
        return 0
    return int(comments)


def _not_read(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    if comments := unread_comments(connection):
        yield (
            f"topics: {comments:,} different comments were not read, for the key of the vault is not here;"
            " what was read of others before stays"
        )


def _unmatched(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    found = connection.execute(
        f"select source, records, kind, total, unknown_count, known_records, example from {UNMATCHED}"
        " where unknown_count > 0 order by source, records, kind"
    ).fetchall()
    for source, records, kind, total, unknown, known, example in found:
        whose = f"{source} {records.replace('_', ' ')}"
        some = f"{unknown:,} of {total:,}"
        if kind == "status":
            said = f"{some} have an unknown status, such as that of {example}"
        elif kind.startswith("dimension "):
            dimension = kind.removeprefix("dimension ")
            said = f"all {total:,} have no {dimension} although they have ids for it, such as {example}"
        elif records == "revenue_documents":
            said = f"{some} have no known account, such as {example}"
        elif known == 0:
            said = f"{total:,} have the id of {_a(kind)}, but none was ever loaded, such as {example}"
        else:
            said = f"{some} {kind} ids are unknown, such as {example}"
        yield f"{whose}: {said}"


def _quarantined(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for source, table, reason, rows, example in connection.execute(_QUARANTINED).fetchall():
        yield f"{source} {table}: {rows:,} in quarantine as {reason}, such as {example}"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"

"""Where e-mail addresses came from that are members of a dimension: the file and column to correct.

Belongs here: looking for them in raw, once the guard has found some. Does not belong here: the sentence that
forbids them (`published_rows`), or the addresses themselves, which no message repeats.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from expectations.dimensions import governed

_SHOWN = 3
#: Columns that may hold an address, or the record's own text.
_OTHERS = ("payload", "email", "respondent_email", "original_text", "comment")


def places(warehouse: Path) -> list[str]:
    """A line for each raw column and file with such an address; for each dimension where none has it."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return [line for name in governed().names for line in _of_dimension(connection, name)]


def _of_dimension(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    found = connection.execute(
        f"select lower(trim({name})), count(*) from marts.fct_survey_responses"
        f" where is_counted and position('@' in {name}) > 0 group by 1"
    ).fetchall()
    if not found:
        return
    members, answers = [member for member, _ in found], sum(count for _, count in found)
    lines = [
        line for table, column in _columns(connection) for line in _rows(connection, table, column, members)
    ]
    where = "; ".join(lines) or "in no column of raw: a model or a mapping makes them"
    yield f"{name} of {answers} answers is an address: {where}"


def _columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Text columns of the raw tables that hold records."""
    return connection.execute(
        "select table_schema || '.' || table_name, column_name from information_schema.columns as columns"
        r" where table_schema like 'raw\_%' escape '\' and data_type = 'VARCHAR'"
        f" and column_name not in {_OTHERS} and exists ("
        "    select 1 from information_schema.columns as others"
        "    where others.table_schema = columns.table_schema and others.table_name = columns.table_name"
        "        and others.column_name = 'payload'"
        " ) order by all"
    ).fetchall()


def _rows(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, members: list[str]
) -> Iterator[str]:
    names = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
    file = "file_name" if "file_name" in names else "null"
    for named, records, rows in connection.execute(
        f"select {file}, list(distinct record_id order by record_id), count(*) from {table}"
        f" where list_contains(?, lower(trim({column}))) group by 1 order by 1",
        [members],
    ).fetchall():
        shown = ", ".join(records[:_SHOWN])
        more = f" and {len(records) - _SHOWN} more" if len(records) > _SHOWN else ""
        source = table.removeprefix("raw_").replace(".", " ")
        place = f"{source}, file {named}" if named else source
        yield f"{place}, column {column}: {rows} rows, records {shown}{more}"

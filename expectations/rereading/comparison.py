"""The files of one table read again, against what the loader made of them: counts, rows, each typed value.

Belongs here: the comparison with `raw_files`. Does not belong here: reading (`file_again`), or which
files are compared (`file_loads`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from expectations.file_tables import FILE_TABLES, Kind
from expectations.hidden import is_hidden
from expectations.payloads import parsed
from expectations.rereading.chunks import Chunk, Share, is_same
from expectations.rereading.differences import EXAMPLES, Difference, of_row
from expectations.rereading.file_again import FileAgain, kind_in_raw

#: What is told of rows that only one of both has, or can read: loaded, read again, and which they are.
_ONE_SIDED = (
    ("a row", "no such row", "from landed anti join again using (file, place)"),
    ("a row", "a row that cannot be read", "from landed semi join unreadable using (file, place)"),
    (
        "a row in quarantine",
        "a row that can be read",
        "from set_aside anti join unreadable using (file, row_number)",
    ),
    ("no row in quarantine", "a row that cannot be read", "from not_set_aside"),
    ("no row", "a row that can be read", "from missing"),
)


def differences(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[FileAgain]
) -> list[Difference]:
    """Where the loader and the second reading of a table's files disagree; of each kind some examples.

    Where not even the number of records is the same, nothing else is compared.
    """
    miscounted = [_miscounted(table, file) for file in files if not file.is_counted_alike]
    if miscounted:
        return miscounted
    connection.register("again", pa.concat_tables([file.rows for file in files]))
    connection.register("said", _said(files))
    try:
        _prepare(connection, table)
        return [
            *_landed_as_counted(connection, table),
            *_values(connection, table),
            *_one_sided(connection, table),
            *_payloads(connection, table, files),
        ]
    finally:
        connection.unregister("again")
        connection.unregister("said")


def _miscounted(table: str, file: FileAgain) -> Difference:
    return Difference(
        table,
        file.load.file,
        f"{file.load.received} records, {file.load.left_out} left out",
        f"{file.count} records, {file.left_out} left out",
    )


def _said(files: Sequence[FileAgain]) -> pa.Table:
    """What the loader says of each file, and which of its rows are looked at."""
    return pa.Table.from_pylist(
        [
            {
                "file": file.load.file,
                "load_id": file.load.load_id,
                "position_offset": file.load.offset,
                "landed": file.load.landed,
                "quarantined": file.load.quarantined,
                "brought_nothing": file.load.known + file.load.repeated,
                "questions": file.questions,
                "below": file.share.below,
                "seed": file.share.seed,
            }
            for file in files
        ]
    )


def _prepare(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """The rows of both sides as temporary tables; of raw those that are looked at."""
    for name, query in (
        (
            "landed",
            f"""
            with placed as (
              select
                r.*, s.file, s.below, s.seed,
                r.position - s.position_offset as place,
                (r.position - s.position_offset - 1) // s.questions + 1 as row_number
              from raw_files.{table} as r
              inner join said as s on r.file_name = s.file and r._dlt_load_id = s.load_id
            )

            select * from placed where {Share.CONDITION}
            """,
        ),
        (
            "set_aside_ever",
            f"""
            select s.*, q.position as row_number, q._dlt_load_id = s.load_id as is_of_load
            from raw_files.quarantine as q
            inner join said as s on q.origin = s.file
            where q.table_name = '{table}'
            """,
        ),
        ("set_aside", f"from set_aside_ever where is_of_load and {Share.CONDITION}"),
        ("unreadable", "select file, place, row_number from again where is_unreadable"),
        # What was in quarantine before is not put there again, whatever its number in the file is now.
        (
            "not_set_aside",
            """
            with found as (
              select distinct file, row_number from unreadable anti join set_aside using (file, row_number)
            ),

            counted as (select *, count(*) over (partition by file) as missing from found),

            before as (
              select file, count(*) as known from set_aside_ever where not is_of_load group by file
            )

            select file, row_number from counted left join before using (file)
            where missing > coalesce(known, 0)
            """,
        ),
        ("elsewhere", "from again anti join landed using (file, place) where not is_unreadable"),
    ):
        connection.execute(f"create or replace temp table {name} as {query}")
    # Raw is large, and most files bring nothing that it had before.
    [[is_elsewhere]] = connection.execute("select count(*) > 0 from elsewhere").fetchall()
    columns = FILE_TABLES[table].columns
    same = " and ".join(f"{_loaded(name)} is not distinct from a.{name}" for name in columns)
    known = f"anti join raw_files.{table} as l on a.record_id = l.record_id and {same}"
    connection.execute(
        f"""
        create or replace temp table missing as
        with too_many as (
          select file from elsewhere group by file
          having count(*) > (select any_value(brought_nothing) from said where said.file = elsewhere.file)
        )

        select file, row_number from elsewhere as a {known if is_elsewhere else ""}
        union
        select file, row_number from elsewhere semi join too_many using (file)
        """
    )


def _landed_as_counted(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Difference]:
    """What the loader counted of each file is in raw."""
    for what, counted, there in (
        ("rows", "landed", f"raw_files.{table} as r on r.file_name = s.file"),
        (
            "rows in quarantine",
            "quarantined",
            f"raw_files.quarantine as r on r.origin = s.file and r.table_name = '{table}'",
        ),
    ):
        found = connection.execute(
            f"select s.file, s.{counted}, count(r._dlt_load_id) as there from said as s"
            f" left join {there} and r._dlt_load_id = s.load_id group by all"
            f" having there <> s.{counted} order by s.file limit {EXAMPLES}"
        ).fetchall()
        for file, said, is_there in found:
            yield Difference(table, file, f"{said} {what} by its own count", f"{is_there} are in raw")


def _values(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Difference]:
    """Rows that both have: each column, and the record's id."""
    columns = ["record_id", *FILE_TABLES[table].columns]
    differ = " or ".join(f"{_loaded(name)} is distinct from a.{name}" for name in columns)
    pairs = ", ".join(f"{_loaded(name)}, a.{name}" for name in columns)
    found = connection.execute(
        f"select file, a.row_number, {pairs} from landed as l inner join again as a using (file, place)"
        f" where not a.is_unreadable and ({differ}) order by 1, 2 limit {EXAMPLES}"
    ).fetchall()
    for file, number, *values in found:
        for name, loaded, again in zip(columns, values[::2], values[1::2], strict=True):
            if loaded != again:
                yield of_row(table, file, number, name, loaded, again)


def _one_sided(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Difference]:
    """Rows that only one of both has, or can read."""
    for loaded, again, query in _ONE_SIDED:
        found = connection.execute(
            f"select file, row_number {query} order by 1, 2 limit {EXAMPLES}"
        ).fetchall()
        yield from (of_row(table, file, number, "", loaded, again) for file, number in found)


def _payloads(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[FileAgain]
) -> Iterator[Difference]:
    """The payload is what is in the cells."""
    rows = connection.execute("select file, row_number, payload from landed").fetchall()
    payloads: dict[tuple[str, int], str] = {(file, number): payload for file, number, payload in rows}
    told = 0
    for file in files:
        for chunk in file.chunks:
            for number, loaded, again in _pairs(file.load.file, chunk, payloads):
                if loaded != again and not _alike(loaded, again) and told < EXAMPLES:
                    told += 1
                    yield of_row(table, file.load.file, number, "payload", loaded, again)


def _pairs(
    file: str, chunk: Chunk, payloads: Mapping[tuple[str, int], str]
) -> Iterator[tuple[int, Any, Any]]:
    """Of each row in raw its number, what its payload holds, and what it should hold."""
    if chunk.lines is not None:
        for number, line in zip(chunk.numbers, chunk.lines, strict=True):
            if payload := payloads.get((file, number)):
                yield number, payload, line
        return
    names = tuple(chunk.columns)
    for number, cells in zip(chunk.numbers, zip(*chunk.columns.values(), strict=True), strict=True):
        if payload := payloads.get((file, number)):
            yield number, parsed(payload), dict(zip(names, cells, strict=True))


def _alike(loaded: Any, again: Any) -> bool:
    """Whether cells that are no texts in the file are the same numbers and moments, written differently."""
    if isinstance(again, str):
        return _says(parsed(loaded), parsed(again))
    return (
        isinstance(loaded, dict)
        and loaded.keys() == again.keys()
        and all(
            loaded[name] == again[name]
            or is_same(loaded[name], again[name])
            or is_hidden(loaded[name], again[name])
            for name in again
        )
    )


def _says(loaded: Any, again: Any) -> bool:
    """Whether two JSON values are the same, but for tokens in the one."""
    if isinstance(again, dict) and isinstance(loaded, dict):
        return loaded.keys() == again.keys() and all(_says(loaded[name], again[name]) for name in again)
    if isinstance(again, list) and isinstance(loaded, list):
        return len(loaded) == len(again) and all(map(_says, loaded, again))
    return bool(loaded == again) or is_hidden(loaded, again)


def _loaded(column: str) -> str:
    return f"epoch_us(l.{column})" if kind_in_raw(column) is Kind.MOMENT else f"l.{column}"

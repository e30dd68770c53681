"""A file read again, against what the loader made of it: its counts, its rows, each typed value.

Belongs here: the comparison with `raw_files`. Does not belong here: reading (`readers`, `records`), or which
files are compared (`file_loads`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from expectations.rereading.chunks import Chunk, Share, is_same
from expectations.rereading.differences import Difference, of_row
from expectations.rereading.file_loads import FileLoad
from expectations.rereading.mapping import mapping_of
from expectations.rereading.readers import chunks
from expectations.rereading.records import Records, Rereading
from expectations.rereading.tables import FILE_TABLES, FileTable, Kind, kind_of

#: Differences of one kind in one file that are told; the others are of the same kind.
EXAMPLES = 5
_ARROW: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ID: pa.string(),
    Kind.NUMBER: pa.float64(),
    Kind.AMOUNT: pa.decimal128(18, 4),
    Kind.FLAG: pa.bool_(),
    Kind.MOMENT: pa.int64(),
    Kind.DAY: pa.date32(),
}
#: What is told of rows that only one of both has, or can read: loaded, read again, and which they are.
_ONE_SIDED = (
    ("a row", "no such row", "select row_number from landed anti join again using (place)"),
    (
        "a row",
        "a row that cannot be read",
        "select row_number from landed semi join unreadable using (place)",
    ),
    (
        "a row in quarantine",
        "a row that can be read",
        "select row_number from set_aside anti join unreadable using (row_number)",
    ),
    ("no row in quarantine", "a row that cannot be read", "select row_number from not_set_aside"),
    ("no row", "a row that can be read", "select row_number from missing"),
)


class FileAgain:
    """One file read again: `count` records, of which `looked_at` were read to their values."""

    def __init__(self, path: Path, load: FileLoad, share: float) -> None:
        mapping = mapping_of(path)
        self._load = load
        self._table = FILE_TABLES[load.table]
        self._share = Share.of(share, path.name)
        self._questions = max(1, len(mapping.questions))
        self._cells: list[Chunk] = []
        self.count = self.left_out = 0
        found = [_broken([], 1, self._table)]
        again = Rereading(path, mapping, self._table)
        for chunk in chunks(path, mapping, Share() if mapping.rows else self._share):
            if mapping.rows:
                meant = again.meant(chunk)
                self.left_out += len(chunk.numbers) - len(meant)
                chunk = chunk.only(meant, self._share)
            self.count += chunk.count * self._questions
            self._cells.append(chunk)
            found += [_arrow(records, self._table) for records in again.records(chunk)]
            found.append(_broken(chunk.broken, self._questions, self._table))
        self._rows = pa.concat_tables(found)

    @property
    def looked_at(self) -> int:
        """How many records were read to their values."""
        return self._rows.num_rows

    def differences(self, connection: duckdb.DuckDBPyConnection) -> list[Difference]:
        """Where the loader and this reading disagree; of each kind some examples."""
        loaded = self._load.received, self._load.left_out
        if (self.count, self.left_out) != loaded:
            said, counted = (
                "{} records, {} left out".format(*pair) for pair in (loaded, (self.count, self.left_out))
            )
            return [Difference(self._load.file, said, counted)]
        connection.register("again", self._rows)
        try:
            self._prepare(connection)
            return [
                *self._landed_as_counted(connection),
                *self._values(connection),
                *self._one_sided(connection),
                *self._payloads(connection),
            ]
        finally:
            connection.unregister("again")

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The rows of both sides as temporary tables; of raw those that are looked at."""
        load, share = self._load, self._share
        connection.execute(
            f"""
            create or replace temp table landed as
            with placed as (
              select *, position - $offset as place, (position - $offset - 1) // $questions + 1 as row_number
              from raw_files.{load.table}
              where _dlt_load_id = $load and file_name = $file
            )

            select * from placed where {share.condition("row_number")}
            """,
            {
                "offset": load.offset,
                "questions": self._questions,
                "load": load.load_id,
                "file": load.file,
            },
        )
        connection.execute(
            """
            create or replace temp table set_aside_ever as
            select position as row_number, _dlt_load_id = $load as is_of_load
            from raw_files.quarantine
            where origin = $file and table_name = $table
            """,
            {"load": load.load_id, "file": load.file, "table": load.table},
        )
        same = " and ".join(f"{_loaded(name)} is not distinct from a.{name}" for name in self._table.columns)
        for name, query in (
            ("set_aside", f"from set_aside_ever where is_of_load and {share.condition('row_number')}"),
            ("unreadable", "select place, row_number from again where is_unreadable"),
            # What was in quarantine before is not put there again, whatever its number in the file is now.
            (
                "not_set_aside",
                "with found as (select distinct row_number from unreadable"
                " anti join set_aside using (row_number))"
                " select row_number from found where (select count(*) from found)"
                " > (select count(*) from set_aside_ever where not is_of_load)",
            ),
            ("elsewhere", "from again anti join landed using (place) where not is_unreadable"),
        ):
            connection.execute(f"create or replace temp table {name} as {query}")
        # Raw is large, and most files bring nothing that it had before.
        [[is_elsewhere]] = connection.execute("select count(*) > 0 from elsewhere").fetchall()
        known = f"anti join raw_files.{load.table} as l on a.record_id = l.record_id and {same}"
        connection.execute(
            "create or replace temp table missing as"
            f" select row_number from elsewhere as a {known if is_elsewhere else ''}"
        )

    def _landed_as_counted(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Difference]:
        """What the loader counted is in raw."""
        load = self._load
        for sentence, counted, table, column in (
            ("rows", load.landed, load.table, "file_name"),
            ("rows in quarantine", load.quarantined, "quarantine", "origin"),
        ):
            others = " and table_name = $table" if table == "quarantine" else " and $table = $table"
            [[there]] = connection.execute(
                f"select count(*) from raw_files.{table}"
                f" where {column} = $file and _dlt_load_id = $load{others}",
                {"file": load.file, "load": load.load_id, "table": load.table},
            ).fetchall()
            if there != counted:
                yield Difference(load.file, f"{counted} {sentence} by its own count", f"{there} are in raw")

    def _values(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Difference]:
        """Rows that both have: each column, and the record's id."""
        columns = ["record_id", *self._table.columns]
        differ = " or ".join(f"{_loaded(name)} is distinct from a.{name}" for name in columns)
        pairs = ", ".join(f"{_loaded(name)}, a.{name}" for name in columns)
        found = connection.execute(
            f"select l.row_number, {pairs} from landed as l inner join again as a using (place)"
            f" where not a.is_unreadable and ({differ}) order by 1 limit {EXAMPLES}"
        ).fetchall()
        for number, *values in found:
            for name, loaded, again in zip(columns, values[::2], values[1::2], strict=True):
                if loaded != again:
                    yield of_row(self._load.file, number, name, loaded, again)

    def _one_sided(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Difference]:
        """Rows that only one of both has, or can read."""
        for loaded, again, query in _ONE_SIDED:
            found = connection.execute(f"{query} order by 1 limit {EXAMPLES}").fetchall()
            yield from (of_row(self._load.file, number, "", loaded, again) for (number,) in found)

    def _payloads(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Difference]:
        """The payload is what is in the cells."""
        rows = connection.execute("select row_number, payload from landed").fetchall()
        payloads: dict[int, str] = dict(rows)
        told = 0
        for chunk in self._cells:
            for number, loaded, again in _pairs(chunk, payloads):
                if loaded != again and not _alike(loaded, again) and told < EXAMPLES:
                    told += 1
                    yield of_row(self._load.file, number, "payload", loaded, again)


def _pairs(chunk: Chunk, payloads: Mapping[int, str]) -> Iterator[tuple[int, Any, Any]]:
    """Of each row in raw its number, what its payload holds, and what it should hold."""
    if chunk.lines is not None:
        for number, line in zip(chunk.numbers, chunk.lines, strict=True):
            if number in payloads:
                yield number, payloads[number], line
        return
    names = tuple(chunk.columns)
    for number, cells in zip(chunk.numbers, zip(*chunk.columns.values(), strict=True), strict=True):
        if number in payloads:
            yield number, orjson.loads(payloads[number]), dict(zip(names, cells, strict=True))


def _alike(loaded: Any, again: Any) -> bool:
    """Whether cells that are no texts in the file are the same numbers and moments, written differently."""
    return (
        isinstance(loaded, dict)
        and loaded.keys() == again.keys()
        and all(loaded[name] == again[name] or is_same(loaded[name], again[name]) for name in again)
    )


def _loaded(column: str) -> str:
    return f"epoch_us(l.{column})" if _kind(column) is Kind.MOMENT else f"l.{column}"


def _kind(column: str) -> Kind:
    return Kind.ID if column == "record_id" else kind_of(column)


def _arrow(records: Records, table: FileTable) -> pa.Table:
    """Records as a table; an unreadable one has nothing but its number."""
    bad = records.unreadable
    columns = {"record_id": records.ids, **records.values}
    arrays = {
        name: pa.array(
            [None if at in bad else value for at, value in enumerate(values)] if bad else values,
            _ARROW[_kind(name)],
        )
        for name, values in columns.items()
    }
    count = len(records.numbers)
    return pa.table(
        {
            "row_number": pa.array(records.numbers, pa.int64()),
            "place": pa.array(records.places, pa.int64()),
            "is_unreadable": pa.array([at in bad for at in range(count)], pa.bool_()),
            **{name: arrays[name] for name in ("record_id", *table.columns)},
        }
    )


def _broken(numbers: Sequence[int], questions: int, table: FileTable) -> pa.Table:
    """Records that are no rows."""
    nothing = [None] * len(numbers)
    columns: dict[str, list[Any]] = dict.fromkeys(table.columns, nothing)
    places = [(number - 1) * questions + 1 for number in numbers]
    return _arrow(Records(numbers, places, columns, [*nothing], frozenset(range(len(numbers)))), table)

"""The rows of one table's files in one load, held on disk: which of them are new versions, what they withdraw
of earlier readings, and what does not fit.

A delivery has its own engine, because the fate of a row depends on later rows of the same record.
The engine keeps to its memory limit and spills the rest to disk, whatever the size of the files. The rules
themselves are in `choice.py`, `withdrawn.py` and `restarting.py`.
"""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from erasure.door import Door
from ingestion.ahead import ahead, side_by_side
from ingestion.files.casting import constants, typing_sql
from ingestion.files.choice import choose_sql
from ingestion.files.earlier import moment, own_time, read_earlier, reading_hash
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.evidence import Evidence
from ingestion.files.held import HeldRows
from ingestion.files.hiding import Cells
from ingestion.files.intake import DELIVERY_TABLES, SHARED, WITHDRAWALS, Intake
from ingestion.files.mapping import Mapping
from ingestion.files.restarting import Restart, restarts
from ingestion.files.rows import Reading, grouped
from ingestion.files.settled import NOTHING_EARLIER, SETTLED, quarantined_sql
from ingestion.files.sql import literal
from ingestion.files.tables import FILE_NAME, FileTable
from ingestion.files.withdrawn import withdraw
from ingestion.hiding import Hiding
from ingestion.tables import GROUP_ROWS, QUARANTINE_SCHEMA

_MEMORY = "1GB"
_TYPISTS = 2  # one query over a group of rows keeps one core busy
_RESULT_ROWS = 8_192  # small buffers, which the allocator has room for again and again
_CHOSEN = ("version_id", "version_at")
_REJECTED = ["record_id", "reason", "detail", "row_number", "original_text"]


class Delivery:
    """The rows of all files of one table in one load. Use as a context manager: it owns a folder.

    `add` takes files in order; then `versions` gives the new versions, `rejects` what does not fit, `beside`
    the rows of a table of `intake.py`, and `files` the counts of each file.
    """

    def __init__(
        self,
        table: FileTable,
        scratch: Path,
        load_id: str,
        hiding: Hiding | None = None,
        door: Door | None = None,
    ) -> None:
        self._table = table
        self._hiding, self._door = hiding, door
        scratch.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="delivery-", dir=scratch)
        self._load_id = load_id
        self._held = self._file("delivered")
        self._last_position = 0
        self.files: list[Intake] = []
        self._read: dict[str, tuple[Path, Mapping]] = {}
        self._db = duckdb.connect()
        self._db.execute(
            f"set memory_limit = '{_MEMORY}'; set temp_directory = {literal(self._folder.name)}; "
            "set preserve_insertion_order = false"
        )
        self._db.execute(
            "create table rejected (record_id varchar, reason varchar, detail varchar, row_number bigint, "
            "original_text varchar, file_name varchar)"
        )
        self._db.execute("create table files (file_name varchar, bytes_hash varchar)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._folder:
            self._db.close()
            self._held.close()

    def add(self, path: Path, reading: Reading, mapping: Mapping, file_hash: str = "") -> None:
        """Reads a file to its end. Raises `FileNotUnderstoodError` where that fails.

        Each row is an answer to each question of the mapping: the answers of row n have the positions from
        `(n - 1) * questions + 1` on.
        """
        file = Intake(self._table.name, path.name, file_hash, self._last_position)
        self.files.append(file)
        self._read[path.name] = path, mapping
        self._db.execute("insert into files values (?, ?)", [path.name, file_hash.partition(":")[0]])
        questions = mapping.by_question()
        statements = [typing_sql(path, reading, question, self._table) for question in questions]
        same = [constants(path, reading, question, self._table) for question in questions]

        evidence = Evidence(path, mapping)
        cells = self._hiding and Cells(self._hiding, reading, mapping, self._table, "files")

        def counted(groups: Generator[pa.Table, None, None]) -> Generator[pa.Table, None, None]:
            with closing(groups):
                for rows in groups:
                    file.received += rows.num_rows * len(questions)
                    yield cells.hidden(rows) if cells else rows

        with ExitStack() as opened:
            # Sessions of their own, because rows are typed while those before them are written.
            sessions = [opened.enter_context(self._db.cursor()) for _ in range(_TYPISTS)]
            for session in sessions:
                session.execute(f"set TimeZone = {literal(mapping.timezone)}")

            def typed(rows: pa.Table) -> list[pa.Table]:
                session = sessions.pop()
                try:
                    session.register("reading", rows)
                    return [session.execute(each).to_arrow_table(_RESULT_ROWS) for each in statements]
                finally:
                    sessions.append(session)

            read = opened.enter_context(closing(ahead(counted(grouped(reading.batches)))))
            parts = opened.enter_context(closing(side_by_side(typed, read, _TYPISTS)))
            last = 0
            for part in parts:
                evidence.add(part[0])
                for at, answers in enumerate(part):
                    row_before = pc.subtract(answers["row_number"], 1)
                    place = pc.add(pc.multiply(row_before, len(questions)), at + 1)
                    if cells:
                        cells.seal(answers)
                    self._hold(answers, place, same[at])
                    last = max(last, pc.max(place).as_py())
                if cells:
                    cells.forget(part[0])
        evidence.judge()
        self._last_position += last
        file.left_out = reading.left_out.count

    def _hold(self, typed: pa.Table, place: Any, same: dict[str, str | None]) -> None:
        if typed["reason"].null_count < typed.num_rows:
            fits = pc.is_null(typed["reason"])
            unfit = typed.filter(pc.invert(fits)).select(_REJECTED)
            name = pa.repeat(pa.scalar(str(same[FILE_NAME.name])), unfit.num_rows)
            unfit = unfit.append_column(FILE_NAME.name, name)
            self._db.register("unfit_rows", self._shown(unfit))
            self._db.execute("insert into rejected select * from unfit_rows")
            self._db.unregister("unfit_rows")
            typed, place = typed.filter(fits), place.filter(fits)
        if self._door is not None:
            typed = self._door.passed(typed)
        version_at = self._table.spec.version_at
        self._held.add(
            same
            | {name: typed[name] for name in typed.column_names}
            | {
                "position": pc.add(place, self._last_position),
                "version_id": typed["content_hash"],
                "version_at": typed[version_at.name] if version_at else None,
            },
            typed.num_rows,
        )

    def _shown(self, unfit: pa.Table) -> pa.Table:
        """Rows that do not fit, as quarantine may hold them."""
        shown = self._hiding.rejects(unfit) if self._hiding else unfit
        return self._door.unfit(shown) if self._door else shown

    def versions(self, warehouse: Path, dataset: str) -> HeldRows:
        """The new versions as a closed file, gone with the delivery.

        Settles what becomes of every row. Raises `FileNotUnderstoodError` where ids begin again in each file.
        """
        self._held.close()
        self._db.execute(
            f"create view delivered as select * from read_parquet({literal(str(self._held.path))})"
        )
        read_earlier(self._db, self._table, warehouse, dataset)
        offered = "table" if self._is_compared() else "view"
        self._db.execute(
            f"create {offered} offered as select position, record_id, content_hash, file_name, "
            f"{own_time(self._table)} as own_time, {moment(self._table)} as moment, "
            f"{reading_hash(self._table)} as reading from delivered"
        )
        if offered == "view":
            self._db.execute(NOTHING_EARLIER)
            self._set_aside()
            for file in self.files:
                file.landed = file.received - self._count("rejected", file)
            return self._held
        if self._table.own_moment and (restart := restarts(self._db)):
            raise self._refusal(restart)
        withdraw(self._db, self._table)
        self._db.execute(choose_sql(datetime.now(UTC)))
        self._set_aside()
        self._settle()
        return self._chosen()

    def _chosen(self) -> HeldRows:
        names = self._table.spec.schema.names
        columns = ", ".join(f"{'c' if name in _CHOSEN else 'd'}.{name}" for name in names)
        with self._file("chosen") as chosen:
            for rows in self._in_parts(
                f"select {columns} from delivered as d inner join chosen as c using (position, record_id)",
                "d.position",
                self._last_position,
            ):
                chosen.add({name: rows[name] for name in names}, rows.num_rows)
        return chosen

    def rejects(self) -> Iterator[pa.Table]:
        """What does not fit and is not in quarantine yet, under the quarantine's schema."""
        for rows in self._rows("quarantined"):
            yield rows.cast(QUARANTINE_SCHEMA)

    def beside(self) -> Iterator[tuple[str, pa.Table]]:
        """What is withdrawn, and which files give a version too: the raw table's name and rows of it."""
        for name, found in ((WITHDRAWALS, "withdrawn"), (SHARED, "sharing")):
            for rows in self._rows(found):
                yield name, rows.cast(DELIVERY_TABLES[name])

    def _set_aside(self) -> None:
        """Makes `quarantined`, and counts it for each file."""
        self._db.execute(quarantined_sql(self._table))
        for file in self.files:
            file.quarantined = self._count("quarantined", file, "origin")
            file.known = self._count("rejected", file) - file.quarantined

    def _settle(self) -> None:
        """What each file's rows have become, and what the file withdraws."""
        found = self._db.execute(SETTLED).fetchall()
        counts = {name: numbers for name, *numbers in found}
        for file in self.files:
            landed, repeated, known, repeated_ids, withdrawn, absent, is_addition = counts[file.file_name]
            file.landed, file.repeated, file.repeated_ids = landed, repeated, repeated_ids
            file.known += known
            file.withdrawn, file.absent, file.is_addition = withdrawn, absent, is_addition

    def _refusal(self, restart: Restart) -> FileNotUnderstoodError:
        path, mapping = self._read[restart.file_name]
        own_id = self._table.own_id
        parts = ", ".join(f'"{part}"' for part in ("@file", *mapping.parts(own_id)))
        examples = "; ".join(
            f'"{record_id}" ({here:%Y-%m-%d %H:%M} here, {there:%Y-%m-%d %H:%M} there)'
            for record_id, here, there in (
                (self._own_id(record_id), here.astimezone(UTC), there.astimezone(UTC))
                for record_id, here, there in restart.examples
            )
        )
        return FileNotUnderstoodError(
            path,
            f"{restart.moved} of the {restart.shared} ids that it shares with {restart.other} belong to "
            f"another {self._table.own_moment} there, such as {examples}",
            f"where ids begin again in each file, write {own_id} = [{parts}] "
            f"under [columns] of both files' mapping; where this is {restart.other} corrected, deliver it "
            "under that name",
        )

    def _own_id(self, record_id: str) -> str:
        found = self._db.execute(
            f"select {self._table.own_id} from delivered where record_id = ? limit 1", [record_id]
        ).fetchall()
        return str(found[0][0])

    def _count(self, table: str, file: Intake, column: str = "file_name") -> int:
        [[count]] = self._db.execute(
            f"select count(*) from {table} where {column} = ?", [file.file_name]
        ).fetchall()
        return int(count)

    def _rows(self, table: str) -> Iterator[pa.Table]:
        [[count]] = self._db.execute(f"select count(*) from {table}").fetchall()
        yield from self._in_parts(f"select * from {table}", "rowid + 1", count)

    def _in_parts(self, query: str, place: str, last: int) -> Iterator[pa.Table]:
        """A query's rows by ranges of `place`, from 1 to `last`. See `ahead` for why not as a stream."""
        for start in range(1, last + 1, GROUP_ROWS):
            between = f"{place} between {start} and {start + GROUP_ROWS - 1}"
            yield self._db.execute(f"{query} where {between}").to_arrow_table()

    def _file(self, name: str) -> HeldRows:
        repetitive = [name for name, _ in self._table.defaults] + [FILE_NAME.name]
        path = Path(self._folder.name) / f"{name}.parquet"
        return HeldRows(path, self._table.spec.schema, self._load_id, repetitive)

    def _is_compared(self) -> bool:
        """Whether there is anything to compare: a record or a file that is known, or a record twice.

        Two ids that share a hash only mean that we choose where there was nothing to choose.
        """
        [[earlier, rows, records]] = self._db.execute(
            "select (select count(*) from known) + (select count(*) from set_aside) "
            "+ (select count(*) from readings), count(*), count(distinct hash(record_id)) from delivered"
        ).fetchall()
        return bool(earlier > 0 or rows != records)

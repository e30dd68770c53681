"""Which of the delivered rows are new versions: the rows of one table's files, held on disk and compared
with what raw already has.

A delivery is held by an engine of its own, because what a row is depends on later rows of the same record.
The engine keeps to its memory limit and spills the rest to disk, whatever the size of the files.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ahead import ahead, side_by_side
from ingestion.files.casting import constants, typing_sql
from ingestion.files.held import HeldRows
from ingestion.files.mapping import Mapping
from ingestion.files.places import literal
from ingestion.files.rows import Reading, grouped
from ingestion.files.tables import FILE_NAME, FileTable
from ingestion.tables import QUARANTINE_SCHEMA
from ingestion.warehouse import GROUP_ROWS

_MEMORY = "1GB"
_TYPISTS = 2  # one query over a group of rows keeps one core busy
_RESULT_ROWS = 8_192  # small buffers, which the allocator has room for again and again


class Delivery:
    """The rows of all files of one table in one load. Use as a context manager: it owns a folder.

    `add` takes files in order; then `versions` gives the new versions and `rejects` what does not fit.
    """

    def __init__(self, table: FileTable, scratch: Path, load_id: str) -> None:
        self._table = table
        scratch.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="delivery-", dir=scratch)
        self._load_id = load_id
        self._held = self._file("delivered")
        self._last_position = 0
        self._db = duckdb.connect()
        self._db.execute(
            f"set memory_limit = '{_MEMORY}'; set temp_directory = {literal(self._folder.name)}; "
            "set preserve_insertion_order = false"
        )
        self._db.execute(
            "create table rejected (record_id varchar, reason varchar, detail varchar, row_number bigint, "
            "original_text varchar, file_name varchar)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._folder:
            self._db.close()
            self._held.close()

    def add(self, path: Path, reading: Reading, mapping: Mapping) -> None:
        """Reads a file to its end. Raises `FileNotUnderstoodError` where that fails.

        Each row is an answer to each question of the mapping: the answers of row n have the positions from
        `(n - 1) * questions + 1` on.
        """
        questions = mapping.by_question()
        statements = [typing_sql(path, reading, question, self._table) for question in questions]
        same = [constants(path, reading, question, self._table) for question in questions]
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

            read = opened.enter_context(closing(ahead(grouped(reading.batches))))
            parts = opened.enter_context(closing(side_by_side(typed, read, _TYPISTS)))
            last = 0
            for part in parts:
                for at, answers in enumerate(part):
                    row_before = pc.subtract(answers["row_number"], 1)
                    place = pc.add(pc.multiply(row_before, len(questions)), at + 1)
                    self._hold(answers, place, same[at])
                    last = max(last, pc.max(place).as_py())
        self._last_position += last

    def _hold(self, typed: pa.Table, place: Any, same: dict[str, str | None]) -> None:
        if typed["reason"].null_count < typed.num_rows:
            self._db.register("typed", typed)
            self._db.execute(
                "insert into rejected select record_id, reason, detail, row_number, original_text, "
                f"{literal(str(same[FILE_NAME.name]))} from typed where reason is not null"
            )
            self._db.unregister("typed")
            fits = pc.is_null(typed["reason"])
            typed, place = typed.filter(fits), place.filter(fits)
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

    def versions(self, warehouse: Path, dataset: str) -> HeldRows:
        """The new versions as a closed file, gone with the delivery."""
        self._held.close()
        self._db.execute(
            f"create view delivered as select * from read_parquet({literal(str(self._held.path))})"
        )
        self._read_known(warehouse, dataset)
        if self._is_all_new():
            return self._held
        self._db.execute(_choose_sql(self._table, datetime.now(UTC)))
        names = self._table.spec.schema.names
        columns = ", ".join(f"{'c' if name in _CHOSEN else 'd'}.{name}" for name in names)
        with self._file("chosen") as chosen:
            for rows in self._in_parts(
                f"select {columns} from delivered as d inner join chosen as c using (position)",
                "d.position",
                self._last_position,
            ):
                chosen.add({name: rows[name] for name in names}, rows.num_rows)
        return chosen

    def rejects(self) -> Iterator[pa.Table]:
        """What does not fit, under the quarantine's schema; a text that comes twice in a file comes once."""
        self._db.execute(
            f"""
            create table quarantined as
            with numbered as (
              select
                *,
                row_number() over (partition by file_name, original_text order by row_number) as copy
              from rejected
            ),

            final as (
              select
                {literal(self._table.name)} as table_name, record_id, reason, detail,
                numbered.row_number as position, file_name as origin, original_text,
                md5(original_text) as original_hash
              from numbered
              where copy = 1
            )

            select * from final
            """
        )
        [[count]] = self._db.execute("select count(*) from quarantined").fetchall()
        for rows in self._in_parts("select * from quarantined", "rowid + 1", count):
            yield rows.cast(QUARANTINE_SCHEMA)

    def _in_parts(self, query: str, place: str, last: int) -> Iterator[pa.Table]:
        """A query's rows by ranges of `place`, from 1 to `last`. See `ahead` for why not as a stream."""
        for start in range(1, last + 1, GROUP_ROWS):
            between = f"{place} between {start} and {start + GROUP_ROWS - 1}"
            yield self._db.execute(f"{query} where {between}").to_arrow_table()

    def _file(self, name: str) -> HeldRows:
        repetitive = [name for name, _ in self._table.defaults] + [FILE_NAME.name]
        path = Path(self._folder.name) / f"{name}.parquet"
        return HeldRows(path, self._table.spec.schema, self._load_id, repetitive)

    def _is_all_new(self) -> bool:
        """Whether there is nothing to choose: no record is known or delivered twice.

        Two ids that share a hash only mean that we choose where there was nothing to choose.
        """
        [[known, rows, records]] = self._db.execute(
            "select (select count(*) from known), count(*), count(distinct hash(record_id)) from delivered"
        ).fetchall()
        return bool(known == 0 and rows == records)

    def _read_known(self, warehouse: Path, dataset: str) -> None:
        """Makes `known`: the versions in raw of the records that were delivered, the latest at place 1."""
        reading = _reading(self._table)
        self._db.execute(
            "create table known (record_id varchar, version_id varchar, content_hash varchar, "
            "reading ubigint, version_at timestamptz, place bigint)"
        )
        if warehouse.exists():
            self._db.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
            try:
                if self._db.execute(
                    "select 1 from duckdb_tables() where database_name = 'warehouse' and schema_name = ? "
                    "and table_name = ?",
                    [dataset, self._table.name],
                ).fetchall():
                    self._db.execute(
                        f"""
                        insert into known
                        select
                          record_id, version_id, content_hash, {reading}, version_at,
                          row_number() over (
                            partition by record_id
                            order by version_at desc nulls last, _dlt_load_id desc, position desc
                          )
                        from warehouse.{dataset}.{self._table.name}
                        where
                          _dlt_load_id in (
                            select load_id from warehouse.{dataset}._dlt_loads where status = 0
                          )
                          and record_id in (select delivered.record_id from delivered)
                        """
                    )
            finally:
                self._db.execute("detach warehouse")


_CHOSEN = ("version_id", "version_at")


def _reading(table: FileTable) -> str:
    """One number for what was read from a row: the same text read under another mapping has another."""
    return f"hash(content_hash, {', '.join(column.name for column in table.columns)})"


def _own_time(table: FileTable) -> str:
    return table.spec.version_at.name if table.spec.version_at else "null::timestamptz"


def _choose_sql(table: FileTable, now: datetime) -> str:
    """Makes `chosen`: position, version id and version time of each delivered row that is a new version.

    * A record that raw does not know: each of its contents is a version.
    * A known record whose table has a modification time: its latest content is left out; an older one stays
      an older version; a newer one is a new version.
    * A known record without a modification time, or one whose content changed while the time did not, or the
      same text read anew under another mapping: the load's time makes it a version after those in raw.
    * A delivery that repeats what raw has of a record, ending in the latest, brings nothing.
    * Rows of a record that are alike are one version, at the place of the last.
    """
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"""
create or replace table chosen as
with delivered_rows as (
  select position, record_id, content_hash, {_own_time(table)} as own_time, {_reading(table)} as reading
  from delivered
),

latest as (
  select record_id, content_hash, reading, version_at from known where place = 1
),

contents as (
  select distinct record_id, reading from known
),

compared as (
  select
    d.position, d.record_id, d.content_hash, d.own_time, d.reading,
    l.record_id is not null as is_known,
    l.reading as latest_reading, l.version_at as latest_at, l.content_hash as latest_hash,
    lag(d.reading) over by_position as previous_reading,
    bool_and(c.reading is not null) over by_record
      and last_value(d.reading) over by_record = l.reading as is_repeat
  from delivered_rows as d
  left join latest as l on d.record_id = l.record_id
  left join contents as c on d.record_id = c.record_id and d.reading = c.reading
  window
    by_position as (partition by d.record_id order by d.position),
    by_record as (
      partition by d.record_id order by d.position rows between unbounded preceding and unbounded following
    )
),

changed as (
  select
    *,
    is_known and (own_time is null or own_time = latest_at or content_hash = latest_hash) as is_restated
  from compared
  where
    not is_known
    or (own_time is not null and reading <> latest_reading)
    or (own_time is null and not is_repeat and reading <> coalesce(previous_reading, latest_reading))
),

versions as (
  select
    position, record_id,
    case when is_restated then content_hash || '@{moment}' else content_hash end as version_id,
    case
      when is_restated then coalesce(greatest(own_time, latest_at), '{moment}'::timestamptz)
      else own_time
    end as version_at
  from changed
),

last_of_each as (
  select max(position) as position from versions group by record_id, version_id
)

select v.position, v.version_id, v.version_at
from versions as v
inner join last_of_each as l on v.position = l.position
anti join known as k on v.record_id = k.record_id and v.version_id = k.version_id
"""

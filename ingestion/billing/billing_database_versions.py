"""Which version of its record each row of the database is, and which records are gone.

A database says what is, not what changed: a row is compared with the last version that raw has of its record.
The same text is that version. A text that comes back, or one without a time of its own, gets the load's time,
so that it comes after the version it replaces.

Belongs here: versions and tombstones. Does not belong here: a database (`billing_database_reading.py`).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb
import pyarrow as pa

from ingestion import warehouse
from ingestion.billing.billing_database_tables import CURSOR, Wanted
from ingestion.files import ids
from ingestion.files.sql import literal

#: The member that a payload gets when its record is gone.
ABSENT: Final = "@absent"
_MEMORY: Final = "1GB"
_MADE: Final = ("record_id", "content_hash", "version_id", "version_at", "payload", "position")


class Versions:
    """The records of one table: their last versions in raw, and the keys that the database has."""

    def __init__(self, of: Wanted, file: Path, schema: str) -> None:
        self._of = of
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._file = file
        self._table = f"warehouse.{schema}.{of.table.name}"
        scratch = warehouse.scratch()
        scratch.mkdir(parents=True, exist_ok=True)
        self._db = duckdb.connect(
            config={"threads": 1, "memory_limit": _MEMORY, "temp_directory": str(scratch)}
        )
        self._db.execute("set TimeZone = 'UTC'; create table keys (record_id varchar)")
        self.has_earlier = file.exists() and self._read_earlier()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @contextmanager
    def _attached(self) -> Iterator[None]:
        """The working file, for as long as a query takes: no lock is held on it."""
        self._db.execute(f"attach {literal(str(self._file))} as warehouse (read_only)")
        try:
            yield
        finally:
            self._db.execute("detach warehouse")

    def _read_earlier(self) -> bool:
        """Makes `earlier` of the last version of each record; whether there is any."""
        try:
            with self._attached():
                self._db.execute(f"""
                    create table earlier as
                    select
                        record_id, content_hash, version_id, is_absent, rowid as place
                    from (
                        select
                            record_id, content_hash, version_id, rowid,
                            contains(payload, '"{ABSENT}"') as is_absent,
                            row_number() over (
                                partition by record_id
                                order by version_at desc nulls last, _dlt_load_id desc, position desc
                            ) as place_from_last
                        from {self._table}
                    ) as versions
                    where place_from_last = 1
                """)
        except duckdb.CatalogException:  # before the first load
            return False
        [[count]] = self._db.execute("select count(*) from earlier").fetchall()
        return bool(count)

    def statement(self, typing: str, given: Collection[str]) -> str:
        """What makes rows of the raw table, each with its `reason` if it does not fit, of the view `reading`;
        `typing` is the statement that types them, `given` are the columns that it gives."""
        own = [name for name in self._of.table.spec.schema.names if name not in _MADE]
        columns = ", ".join(f"typed.{name}" if name in given else f"null as {name}" for name in own)
        updated = f"typed.{CURSOR}" if CURSOR in given else "null::timestamp"
        version_id, version_at, joined = "typed.content_hash", updated, ""
        if self.has_earlier:
            joined = "left join earlier on typed.record_id = earlier.record_id"
            is_later = f"(earlier.record_id is not null and (earlier.is_absent or {updated} is null))"
            version_at = f"case when {is_later} then {self._moment} else {updated} end"
            version_id = f"""case
                when earlier.content_hash = typed.content_hash then earlier.version_id
                when {is_later} then {self._dated("typed.content_hash")}
                else typed.content_hash
            end"""
        return f"""
            select
                typed.record_id, typed.content_hash, {version_id} as version_id, {version_at} as version_at,
                typed.payload, typed.row_number as position, {columns},
                typed.reason, typed.detail, typed.original_text
            from ({typing}) as typed {joined}
        """

    def session(self) -> duckdb.DuckDBPyConnection:
        """A session of its own, in the table's time zone, for a thread."""
        session = self._db.cursor()
        session.execute(f"set TimeZone = {literal(self._of.time_zone)}")
        return session

    def note_keys(self, keys: pa.Table) -> None:
        """Keys that the database has, as they are written there, under `c0`."""
        self._db.register("given", keys)
        self._db.execute(f"insert into keys select {ids.whole('c0')} from given where c0 is not null")
        self._db.unregister("given")

    def absent(self, position: int) -> pa.Table:
        """A version that says so of each record that raw has and the database has no more."""
        schema = self._of.table.spec.schema
        own = [name for name in schema.names if name not in (*_MADE, "is_deleted")]
        payload = f"""left(payload, length(payload) - 1) || ',"{ABSENT}":"true"}}'"""
        with self._attached():
            rows = self._db.execute(f"""
                with gone as (
                    select place from earlier
                    where not is_absent and record_id not in (select record_id from keys)
                ),

                told as (
                    select record_id, {payload} as payload, true as is_deleted, {", ".join(own)}
                    from {self._table} where rowid in (select place from gone)
                )

                select
                    *, md5(payload) as content_hash, {self._dated("md5(payload)")} as version_id,
                    {self._moment} as version_at,
                    {position} + row_number() over (order by record_id) as position
                from told
            """).to_arrow_table()
        return as_raw(rows, schema)

    @property
    def _moment(self) -> str:
        return f"timestamp '{self._now:%Y-%m-%d %H:%M:%S}'"

    def _dated(self, digest: str) -> str:
        return f"{digest} || '@{self._now:%Y-%m-%dT%H:%M:%SZ}'"


def as_raw(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of the schema, in its types; moments of the engine are UTC and do not say so."""
    columns = []
    for field in schema:
        column = rows[field.name]
        if pa.types.is_timestamp(field.type) and column.type != field.type:
            column = column.cast(pa.int64() if pa.types.is_timestamp(column.type) else pa.string())
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=schema)

"""The one door into raw: one resource per raw table, with counting, de-duplication and quarantine.

dlt appends what leaves here, so versions that the load or raw already has are dropped first (`known.py`): a
record that comes again with the same text is one version. What a load received is counted in distinct
versions.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from erasure.door import Door
from ingestion import folders, warehouse, windows
from ingestion.arrow import convert_batch
from ingestion.contracts import CONTRACT
from ingestion.drift import Drift
from ingestion.hiding import hiding
from ingestion.http import parsed
from ingestion.known import KnownKeys
from ingestion.pages import Page
from ingestion.records import Batch, Parse, joined
from ingestion.tables import (
    GROUP_ROWS,
    QUARANTINE,
    QUARANTINE_KEY,
    QUARANTINE_SCHEMA,
    VERSION_KEY,
    TableSpec,
    dlt_columns,
)

#: Records converted at a time: enough for Arrow, and few enough to stay in the processor's cache.
BATCH_ROWS = 4_000
#: Long records wait for their row group only up to so many bytes.
GROUP_BYTES = 256 << 20


class Landing:
    """One raw table during one load: takes batches, gives the items that the resource yields.

    `received` = `landed` + `quarantined` + `known`, in distinct versions; `check_load` compares them with
    what dlt extracted and with what the destination holds. `distinct`, `key`: see `raw_resource`.
    """

    def __init__(self, spec: TableSpec, distinct: bool = False, key: tuple[str, ...] = VERSION_KEY) -> None:
        self.spec = spec
        self.position = 0
        self._latest: datetime | None = None
        self._waiting: list[tuple[Batch, dict[str, Any]]] = []
        self._source = dlt.current.source_schema().name
        self._fields: dict[str, list[str]] = dlt.current.source_state().setdefault("fields", {})
        self._drift = Drift(spec, self._fields.get(spec.name, []))
        self.door = Door(folders.home(), self._source, spec.name)
        place = warehouse.working_file(), warehouse.dataset(self._source)
        self._known = KnownKeys(*place, spec.name, key, distinct)
        self._known_rejects = KnownKeys(*place, QUARANTINE, QUARANTINE_KEY, distinct)
        self.hiding = hiding(self._source, spec.name)
        self._rows: list[pa.Table] = []
        self._rejects: list[pa.Table] = []
        self._bytes = 0
        self._new = spec.schema.empty_table()
        self._counts: dict[str, Any] = dlt.current.resource_metrics()
        self._counts.update(received=0, landed=0, quarantined=0, known=0)
        self._counts.update(new_fields=[], passed_over=[])

    def batch(
        self, lines: Sequence[bytes], origin: str, parse: Parse = parsed, given: Sequence[Any] | None = None
    ) -> Batch:
        """Records as the bytes each came as, numbered on from the last batch."""
        positions = range(self.position + 1, self.position + len(lines) + 1)
        self.position += len(lines)
        hide = self.hiding.hidden if self.hiding else None
        return Batch(lines, positions, [origin] * len(lines), parse, given, hide)

    def batches(self, pages: Iterable[Page], origin: str) -> Iterator[Batch]:
        """The records of pages, as many together as are worth converting at a time."""
        lines: list[bytes] = []
        for page in pages:
            lines += page.lines
            if len(lines) >= BATCH_ROWS:
                yield self.batch(lines, origin)
                lines = []
        if lines:
            yield self.batch(lines, origin)

    @property
    def empty(self) -> pa.Table:
        """No rows."""
        return self.spec.schema.empty_table()

    @property
    def latest(self) -> datetime | None:
        """The last `version_at` that came, for the cursor."""
        self._convert_waiting()
        return self._latest

    def land(self, batch: Batch, **constants: Any) -> Iterator[Any]:
        """Converts a batch, with its neighbours where batches are small. `constants` fill the columns without
        a source: a list has each record's own value."""
        self._waiting.append((batch, constants))
        if sum(len(waiting) for waiting, _ in self._waiting) >= BATCH_ROWS:
            self._convert_waiting()
        yield from self._full()

    def land_page(self, page: Page, origin: str, **constants: Any) -> Iterator[Any]:
        """Converts the records of a page."""
        for start in range(0, len(page.lines), BATCH_ROWS):
            yield from self.land(self.batch(page.lines[start : start + BATCH_ROWS], origin), **constants)

    def land_tables(self, rows: pa.Table, rejects: pa.Table) -> Iterator[Any]:
        """Hands on rows (under `spec.schema`) and quarantine rows that were made elsewhere."""
        self._convert_waiting()
        self._gather(rows, rejects)
        yield from self._full()

    def land_file(self, path: Path, landed: int, known: int, received: int) -> Iterator[Any]:
        """Hands on a Parquet file of new versions as it is; `received` are without the rejects."""
        counted = {"landed": landed, "known": known, "received": received}
        self._counts.update({name: self._counts[name] + count for name, count in counted.items()})
        if landed:
            yield dlt.mark.with_file_import(str(path), "parquet", landed, self.spec.schema.empty_table())

    def pass_over(self, survey: str, read_through: str | None, problem: str) -> None:
        """Notes a survey that cannot be read, and up to when it was: the source is loaded without it."""
        self._counts["passed_over"].append((survey, read_through, problem))

    def land_beside(self, table: str, rows: pa.Table) -> Iterator[Any]:
        """Hands on rows of a table that tells of the load and holds no records of the source."""
        yield dlt.mark.with_table_name(rows, table)

    def _convert_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            constants = {
                name: [value for batch, own in waiting for value in _of_each(own[name], batch)]
                for name in waiting[0][1]
            }
            self._gather(*convert_batch(self.spec, joined([batch for batch, _ in waiting]), constants))

    def _gather(self, rows: pa.Table, rejects: pa.Table) -> None:
        self._latest = latest_of(rows, self._latest)
        self._drift.note(rows, rejects)
        if self.hiding is not None and rejects.num_rows:
            rejects = self.hiding.rejects(rejects)
        rows, rejects = self.door.passed(rows), self.door.rejected(rejects)
        self._rows.append(rows)
        self._bytes += rows.nbytes
        self._rejects.append(rejects)

    def _full(self) -> Iterator[Any]:
        if sum(table.num_rows for table in self._rows) >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            yield from self._hand_on(is_last=False)

    def flush(self) -> Iterator[Any]:
        """Hands on what is left, be it nothing, so that the tables exist. Raises `RefusedError` where a field
        is gone that the table needs."""
        self._convert_waiting()
        self._drift.refuse(self._source)
        if self._drift.fields != self._fields.get(self.spec.name, []):
            self._counts["new_fields"] = self._drift.new
            self._fields[self.spec.name] = self._drift.fields
        yield from self._hand_on(is_last=True)
        if self.hiding is not None and (self.door.records or self.door.texts):
            self.hiding.destroy(self.door.records, self.door.texts)

    def close(self) -> None:
        """Gives back the memory of its keys, before the rows are inserted."""
        self._known.close()
        self._known_rejects.close()

    def _hand_on(self, is_last: bool) -> Iterator[Any]:
        """What is gathered and new: rows by whole row groups, the rest when it is the last or long, and
        rejects."""
        gathered = pa.concat_tables([self.spec.schema.empty_table(), *self._rows])
        rows = self._known.leave_out(gathered)
        if self.hiding is not None:
            self.hiding.seal_new(gathered, rows.rows)
        rejects = self._known_rejects.leave_out(
            pa.concat_tables([QUARANTINE_SCHEMA.empty_table(), *self._rejects])
        )
        self._rows, self._rejects, self._bytes = [], [], 0
        self._counts["received"] += rows.distinct + rejects.distinct
        self._counts["known"] += rows.known + rejects.known
        self._counts["landed"] += rows.rows.num_rows
        self._counts["quarantined"] += rejects.rows.num_rows
        new = pa.concat_tables([self._new, rows.rows])
        is_all = is_last or new.nbytes >= GROUP_BYTES
        ready = new.num_rows if is_all else new.num_rows // GROUP_ROWS * GROUP_ROWS
        for start in range(0, max(ready, 1), GROUP_ROWS):
            yield new.slice(start, min(ready - start, GROUP_ROWS))
        self._new = new.slice(ready)
        yield _to_quarantine(rejects.rows)
        gc.collect()  # dlt's check of hints leaves cycles of exceptions and frames, which hold the rows


def raw_resource(
    spec: TableSpec,
    read: Callable[[Landing], Iterator[Any]],
    distinct: bool = False,
    beside: Mapping[str, pa.Schema] | None = None,
    window: windows.Window | None = None,
    key: tuple[str, ...] = VERSION_KEY,
) -> DltResource:
    """The dlt resource of a raw table.

    `read(landing)` yields what the landing's `land…` methods give; it runs inside dlt, so `dlt.current` state
    is the resource's own and is kept only when the load has succeeded. `distinct` is for a reader that lands
    no version and no reject twice in a load; they are compared with raw only. `beside` are tables that the
    reader fills by `land_beside`. `window` is what a backfill asks for. `key` is what makes a row known:
    where it is the record's id alone, a record that raw has in any version is not stored again.
    """
    tables = {QUARANTINE: QUARANTINE_SCHEMA, **(beside or {})}

    def rows() -> Iterator[Any]:
        with closing(Landing(spec, distinct, key)) as landing:
            with windows.marked(dlt.current.source_schema().name, spec.name, window):
                yield from read(landing)
            yield from landing.flush()
        for table, schema in (beside or {}).items():  # be it nothing, so that they exist
            yield dlt.mark.with_table_name(schema.empty_table(), table)

    _made[spec.name] = spec
    resource: DltResource = dlt.resource(
        rows,
        name=spec.name,
        write_disposition="append",
        columns=spec.dlt_columns,
        schema_contract=CONTRACT,
    )
    for table, schema in tables.items():
        # A variant starts with the resource's own columns; an empty list first makes it forget them.
        resource.apply_hints(table_name=table, columns=[], create_table_variant=True)
        resource.apply_hints(table_name=table, columns=dlt_columns(schema), create_table_variant=True)
    return resource


def specs(build: Callable[[], object]) -> dict[str, TableSpec]:
    """The tables of the resources that a source's builder makes, which dlt does not hand on."""
    _made.clear()
    build()
    return dict(_made)


_made: dict[str, TableSpec] = {}


def read_through(latest: datetime | None, before: str | None) -> str | None:
    """The cursor, in ISO 8601: up to which moment a source is read, at least as far as before.

    Never beyond now. A moment in the future (a wrong clock or time zone, a sending that is only planned)
    would keep what happens until then from being asked for.
    """
    reached = [min(latest, datetime.now(UTC))] if latest else []
    reached += [datetime.fromisoformat(before)] if before else []
    return max(reached).astimezone(UTC).isoformat() if reached else None


def latest_of(rows: pa.Table, before: datetime | None) -> datetime | None:
    """The last `version_at` of the rows, or the one before, whichever is later."""
    return max(filter(None, (before, pc.max(rows["version_at"]).as_py())), default=None)


def _of_each(constant: Any, batch: Batch) -> list[Any]:
    return constant if type(constant) is list else [constant] * len(batch)


def _to_quarantine(rejects: pa.Table) -> Any:
    return dlt.mark.with_table_name(rejects, QUARANTINE)

"""Billing from a company's own SQL database: customers, subscriptions, invoices with lines, credit notes,
refunds.

Endpoints: one select for each table or query that the company names. Cursor: the column that stands for
`updated_at`; what is as old as the newest row seen less `lag_minutes` is read again, because a row that is
committed late carries an older time. Rows without a time are read each time, and so is a table without
such a column: a row of it is a new version where it differs from its last one.

Deletes: a column that stands for `is_deleted` or `deleted_at`; without one, all keys of the table are
compared with those in raw. What is gone gets a version that says so: its last text with `"@absent": "true"`.
A table that is empty after it had rows stops the load.

Limits: none; rows are streamed, and memory does not grow with the table.

Disposition: insert-only. The payload is an object of texts, as the database writes them, of the columns
that the company names. Each value is typed as a file's cell is (`files.casting`), or quarantined.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import dlt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource, DltSource
from sqlalchemy import Connection

from ingestion import masking, warehouse
from ingestion.ahead import ahead, side_by_side
from ingestion.billing.billing_database_reading import Database
from ingestion.billing.billing_database_tables import CURSOR, NAME, SOFT_DELETES, TABLES, Wanted, wanted
from ingestion.billing.billing_database_versions import Versions, as_raw
from ingestion.files.casting import typing_sql
from ingestion.files.hiding import Cells
from ingestion.files.mapping import Mapping
from ingestion.files.rows import Reading, row_schema
from ingestion.landing import Landing, raw_resource
from ingestion.records import md5
from ingestion.tables import QUARANTINE_SCHEMA

_TYPISTS: Final = 2  # one statement over a batch keeps one core busy


@dlt.source(name=NAME)
def billing_database_source() -> DltSource:
    """All tables of billing; one that the company does not name stays empty. Settings: `url`, `tables`;
    optional `password`."""
    named = {each.table.name: each for each in wanted(warehouse.setting(NAME, "tables", {}))}
    database = Database()
    resources: list[DltResource] = [
        raw_resource(table.spec, partial(_read, database, named.get(name)), distinct=True)
        for name, table in TABLES.items()
    ]
    return resources  # type: ignore[return-value]


def _read(database: Database, of: Wanted | None, landing: Landing) -> Iterator[Any]:
    if of is None:
        return
    state: dict[str, Any] = dlt.current.resource_state()
    with database.connected() as connection:
        mapping = of.found(database.names(connection, of))
        asked = {"columns": mapping.columns, "relation": of.relation, "time_zone": of.time_zone}
        is_same = state.get("asked") == asked  # what was read under other names is read again
        newest = None
        if CURSOR in mapping.columns:
            newest = _moment(database.newest(connection, of, mapping.columns[CURSOR]), of)
        since = _since(state.get("newest"), of) if is_same else None
        with Versions(of, warehouse.working_file(), warehouse.dataset(NAME)) as versions:
            database.check_key(connection, of, mapping.columns[of.table.spec.record_id[0]])
            yield from _rows(database, connection, of, mapping, since, versions, landing)
            if not set(SOFT_DELETES) & mapping.columns.keys():
                yield from _absent(database, connection, of, mapping, versions, landing)
    state.update(asked=asked, newest=newest)


def _rows(
    database: Database,
    connection: Connection,
    of: Wanted,
    mapping: Mapping,
    since: str | None,
    versions: Versions,
    landing: Landing,
) -> Iterator[Any]:
    headers = tuple(dict.fromkeys(mapping.columns.values()))
    reading = Reading(headers, row_schema(len(headers)), iter(()))
    typing = typing_sql(Path(f"{of.table.name}.sql"), reading, mapping, of.table)
    statement = versions.statement(typing, mapping.columns)
    batches = database.batches(connection, database.statement(of, headers, since), len(headers))
    rejects = _Rejects(of)
    hidden = landing.hiding and Cells(landing.hiding, reading, mapping, of.table, NAME)

    def hide(cells: pa.Table) -> pa.Table:
        return hidden.hidden(cells) if hidden else cells

    with ExitStack() as opened:
        sessions = [opened.enter_context(versions.session()) for _ in range(_TYPISTS)]

        def typed(cells: pa.Table) -> pa.Table:
            session = sessions.pop()
            try:
                session.register("reading", cells)
                return session.execute(statement).to_arrow_table()
            finally:
                sessions.append(session)

        read = opened.enter_context(closing(ahead(batches)))
        numbered = (hide(_numbered(cells, landing)) for cells in read)
        for rows in opened.enter_context(closing(side_by_side(typed, numbered, _TYPISTS))):
            if hidden:
                numbers = rows.append_column("row_number", rows["position"])
                hidden.seal(numbers)
                hidden.forget(numbers)
            fits = pc.is_null(rows["reason"])
            unfit = (
                rejects.of(rows.filter(pc.invert(fits))) if rows["reason"].null_count < len(rows) else None
            )
            fitting = rows.filter(fits) if unfit else rows
            yield from landing.land_tables(
                as_raw(fitting, of.table.spec.schema), unfit or QUARANTINE_SCHEMA.empty_table()
            )


def _numbered(cells: pa.Table, landing: Landing) -> pa.Table:
    numbers = pa.array(np.arange(landing.position + 1, landing.position + cells.num_rows + 1))
    landing.position += cells.num_rows
    none = pa.nulls(cells.num_rows, pa.string())
    problems = {"row_number": numbers, "reason": none, "detail": none, "original_text": none}
    return pa.table(problems | {name: cells[name] for name in cells.column_names})


class _Rejects:
    """Quarantine rows of one table. Each row is one, even if the same text comes again."""

    def __init__(self, of: Wanted) -> None:
        self._of = of
        self._times: Counter[str] = Counter()

    def of(self, rows: pa.Table) -> pa.Table:
        """The rows under the quarantine's schema."""
        hashes = []
        digests: list[Any] = rows["content_hash"].to_pylist()
        details: list[Any] = rows["detail"].to_pylist()
        for digest in digests:
            self._times[digest] += 1
            copy = self._times[digest]
            hashes.append(digest if copy == 1 else md5(f"{digest}#{copy}"))
        columns = {
            "table_name": pa.array([self._of.table.name] * len(rows), pa.string()),
            **{name: rows[name] for name in ("record_id", "reason", "position", "original_text")},
            "detail": pa.array(list(map(masking.shown, details)), pa.string()),
            "origin": pa.array([self._of.relation] * len(rows), pa.string()),
            "original_hash": pa.array(hashes, pa.string()),
        }
        return pa.table([columns[name] for name in QUARANTINE_SCHEMA.names], schema=QUARANTINE_SCHEMA)


def _absent(
    database: Database,
    connection: Connection,
    of: Wanted,
    mapping: Mapping,
    versions: Versions,
    landing: Landing,
) -> Iterator[Any]:
    """What raw has and the database has no more."""
    if not versions.has_earlier:
        return
    key = mapping.columns[of.table.spec.record_id[0]]
    found = 0
    for keys in database.batches(connection, database.statement(of, [key]), 1):
        found += keys.num_rows
        versions.note_keys(keys)
    if not found:
        raise database.error(
            f"has no row of {of.table.name} any more, and had some before; nothing of this load is kept",
            "see whether the right table is read, by someone who may see its rows",
        )
    rows = versions.absent(landing.position)
    landing.position += rows.num_rows
    yield from landing.land_tables(rows, QUARANTINE_SCHEMA.empty_table())


def _moment(found: Any, of: Wanted) -> str | None:
    """The newest moment as text, not beyond now: a wrong clock would keep what happens until then unread."""
    if found is None:
        return None
    moment = datetime.fromisoformat(str(found))
    now = datetime.now(ZoneInfo(of.time_zone))
    return min(moment, now if moment.tzinfo else now.replace(tzinfo=None)).isoformat(" ")


def _since(newest: str | None, of: Wanted) -> str | None:
    """From which moment on rows are read; none: all of them."""
    if newest is None:
        return None
    since = datetime.fromisoformat(newest) - of.lag
    return (since.astimezone(UTC) if since.tzinfo else since).isoformat(" ")

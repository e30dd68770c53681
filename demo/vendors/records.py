"""What the vendors' records show at a moment of the simulated clock.

A world's tables hold every version of every record; `Records` keeps them in a temporary DuckDB file and
answers "the last version visible at t" as a filter, because each row also knows when the next version of
its record appears. Queries render whole records to JSON text inside the engine; `Rendered` then cuts
pages out of one contiguous buffer, so that a page costs its own bytes however deep it lies.

Belongs here: versions, visibility, rendering, the bounded cache. Does not belong here: any vendor's
field names or HTTP.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Protocol

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Stored:
    """How a table of the world is kept: its id, its order on disk and further columns.

    The order follows the usual question (one survey, one month, the last days), so that it reads little.
    """

    key: str
    order: str = "visible_at"
    further: str = ""


# A distribution's history is asked for by itself, thousands of times, and each is small. Distributions
# first sent in the same month lie on one shelf, and a shelf is rendered at once.
_SHELF = (
    "date_trunc('month', min(coalesce(sent_at, visible_at)) over (partition by distribution_id)) as shelf"
)

TABLES: dict[str, Stored] = {
    "branches": Stored("branch_id"),
    "employees": Stored("user_id"),
    "accounts": Stored("account_id"),
    "account_history": Stored("history_id"),
    "contacts": Stored("contact_id"),
    "customers": Stored("customer_id"),
    "subscriptions": Stored("subscription_id"),
    "invoices": Stored("invoice_id"),
    "invoice_lines": Stored("line_id", "invoice_id"),
    "credit_notes": Stored("credit_note_id"),
    "refunds": Stored("refund_id"),
    "invitations": Stored("invitation_id", "shelf, distribution_id", f", {_SHELF}"),
    "responses": Stored("response_id", "survey_id, visible_at"),
    "organizations": Stored("organization_id"),
    "requesters": Stored("requester_id"),
    "tickets": Stored("ticket_id"),
    "ticket_events": Stored("event_id"),
}

# When the next version of the same record appears. Rows that tie are one change recorded twice, and the
# last one holds; only the survey vendor really delivers an answer twice, so its ties are all shown.
_NEXT_VERSION = "lead(visible_at) over (partition by {key} order by visible_at, position)"
_NEXT_DISTINCT_VERSION = (
    "min(visible_at) over (partition by {key} order by visible_at"
    " range between interval 1 microsecond following and unbounded following)"
)

_MACROS = """
create macro text_or_null(value) as coalesce(to_json(value)::varchar, 'null');
create macro member(name, value) as '"' || name || '":' || text_or_null(value);
create macro member_if_given(name, value) as coalesce(',"' || name || '":' || to_json(value)::varchar, '');
create macro iso(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ');
create macro seconds(moment) as epoch_us(moment) // 1000000;
"""


class HasTables(Protocol):
    """A simulated company: its tables by the names of docs/contracts/simulated-company.md."""

    def tables(self) -> Mapping[str, pa.Table]:
        """Every table by name."""


Source = Path | Mapping[str, pa.Table] | HasTables
Parameters = Mapping[str, object]


class Rendered:
    """Records rendered to JSON text, in order, each followed by one separator byte."""

    def __init__(self, table: pa.Table) -> None:
        self.ids = table.column("id")
        self._positions: dict[str, int] = {}
        text = pa.concat_arrays([pa.array([], pa.large_string()), *table.column("text").chunks])
        _, offsets, data = text.buffers()
        self._bytes = memoryview(data) if data is not None else memoryview(b"")
        self._offsets: npt.NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        if offsets is not None and len(text):
            self._offsets = np.frombuffer(memoryview(offsets), dtype=np.int64)[: len(text) + 1]

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @property
    def size(self) -> int:
        """Bytes held."""
        return int(self._offsets[-1] - self._offsets[0]) + int(self.ids.nbytes)

    def cut(self, start: int, stop: int) -> memoryview:
        """Rows `start` to `stop` (exclusive) with the separator between them, not after the last."""
        stop = min(stop, len(self))
        if start >= stop:
            return memoryview(b"")
        self._positions[self.ids[stop - 1].as_py()] = stop - 1
        return self._bytes[int(self._offsets[start]) : int(self._offsets[stop]) - 1]

    def position(self, record_id: str) -> int:
        """Where the record lies, or -1; quick for the last record of a page already cut."""
        known = self._positions.get(record_id)
        return known if known is not None else int(pc.index(self.ids, record_id).as_py())

    @cached_property
    def runs(self) -> dict[str, tuple[int, int]]:
        """Start and stop of each id's rows, for rows that are ordered by an id they share."""
        runs: dict[str, tuple[int, int]] = {}
        for row, shared_id in enumerate(map(str, self.ids.to_pylist())):
            start, _ = runs.get(shared_id, (row, row))
            runs[shared_id] = (start, row + 1)
        return runs


class Records:
    """Every version of every record, and what is visible of them at a moment.

    `source` is a folder of `<table>.parquet` files, a mapping of names to Arrow tables, or a
    world whose `tables()` are such a mapping. `cache_bytes` bounds the rendered lists that are kept.
    """

    def __init__(self, source: Source, cache_bytes: int = 2 << 30) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nps-demo-vendors-")
        self._cache: OrderedDict[tuple[str, tuple[tuple[str, object], ...]], Rendered] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._lock = Lock()
        self._database = duckdb.connect(
            f"{self._folder.name}/records.duckdb",
            config={
                "memory_limit": "2GB",
                "temp_directory": f"{self._folder.name}/spill",
                "autoinstall_known_extensions": "false",
                "arrow_large_buffer_size": "true",
            },
        )
        self._database.execute(_MACROS)
        for name, stored in TABLES.items():
            self._load(name, stored, source)

    def close(self) -> None:
        """Give back the memory and the temporary file."""
        self._cache.clear()
        self._database.close()
        self._folder.cleanup()

    def render(self, query: str, parameters: Parameters, *, keep: bool = True) -> Rendered:
        """Run a query that yields `id` and `text` in order; `keep` remembers the outcome."""
        key = (query, tuple(sorted(parameters.items(), key=lambda item: item[0])))
        with self._lock:
            if keep and key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
            rendered = Rendered(self._database.cursor().execute(query, dict(parameters)).to_arrow_table())
            if keep:
                self._cache[key] = rendered
                self._shrink()
        return rendered

    def pairs(self, query: str) -> dict[str, object]:
        """Run a query of two columns that does not depend on the clock; the first names the second."""
        return dict(self._database.cursor().execute(query).fetchall())

    def _shrink(self) -> None:
        held = sum(rendered.size for rendered in self._cache.values())
        while held > self._cache_bytes and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            held -= oldest.size

    def _load(self, name: str, stored: Stored, source: Source) -> None:
        cursor = self._database.cursor()
        if isinstance(source, Path):
            incoming = f"read_parquet('{str(source / name).replace(chr(39), chr(39) * 2)}.parquet')"
        else:
            tables = source if isinstance(source, Mapping) else source.tables()
            cursor.register("incoming", tables[name])
            incoming = "incoming"
        next_version = (_NEXT_DISTINCT_VERSION if name == "responses" else _NEXT_VERSION).format(
            key=stored.key
        )
        zoned = [
            column
            for column, kind, *_ in cursor.execute(f"describe select * from {incoming}").fetchall()
            if kind == "TIMESTAMP WITH TIME ZONE"
        ]
        without_zone = ", ".join(f"{column} at time zone 'UTC' as {column}" for column in zoned)
        cursor.execute(f"""
            create table {name} as
            with numbered as (
                select * {f"replace ({without_zone})" if zoned else ""}, row_number() over () as position
                from {incoming}
            )
            select
                *,
                min(visible_at) over (partition by {stored.key}) as first_visible_at,
                {next_version} as superseded_at
                {stored.further}
            from numbered
            order by {stored.order}, position
        """)
        cursor.close()


def visible(table: str) -> str:
    """SQL for the versions of `table` that hold at `$now`."""
    return (
        f"(select * from {table} where visible_at <= $now"
        f" and (superseded_at is null or superseded_at > $now)) as {table}"
    )


def naive(moment: datetime) -> datetime:
    """A UTC moment without its zone, as the tables hold it."""
    return moment.replace(tzinfo=None)

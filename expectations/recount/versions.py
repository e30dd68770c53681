"""The current version of every raw record, read the same way whoever sent it.

Loads that never ended are not read, nor what a corrected file took back. The engine only fetches: what is
current is decided here. Of a vendor's record the columns are read from its payload, at the paths that
`vendors` declares; of a file's they are the raw table's own. A column that a source does not have is
empty. A sample is narrowed by the engine to the records named (`Among`), with all their versions.

Belongs here: which row of a raw table is current, and reading its columns. Does not belong here: what a
record says (`raw`, `crm`, `billing`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import duckdb
import pyarrow as pa

from expectations.declaring import Fields, VendorFields
from expectations.dimensions import BUILT_IN, Dimensions
from expectations.file_tables import Kind, kind_of
from expectations.payloads import Payloads
from expectations.raw_tables import ACCOUNT_TABLES, unread
from expectations.recount.ids import customer
from expectations.vendors import for_the_recount, vendor_fields

_BATCH = 1_000  # parsed payloads of more do not stay in the processor's memory
_NO_MOMENT = -(2**63)
_OWN = ("record_id", "_dlt_load_id", "version_at", "position")
T = TypeVar("T")
Rank: TypeAlias = tuple[int, str, int]
#: Key and row → the record; None: this version says nothing and an older one may be current. A row is
#: record id, load, version_at (microseconds), position and the table's columns.
Reader: TypeAlias = Callable[[str, tuple[Any, ...]], T | None]


class Table(NamedTuple, Generic[T]):
    """A raw table, the columns to read, how to read a row, and what its key is (None: not a record)."""

    vendor: str
    table: str
    columns: tuple[str, ...]
    read: Reader[T]
    key: Callable[[str], str | None]


def tables(
    of: Mapping[str, str],
    columns: tuple[str, ...],
    read: Callable[..., T | None],
    key: Callable[[str], str | None],
) -> list[Table[T]]:
    """The tables (vendor → table) of sources that send the same; `read` gets the vendor's name first."""
    return [Table(vendor, table, columns, partial(read, vendor), key) for vendor, table in of.items()]


def _of_crm(vendor: str, value: object) -> str | None:
    key = customer(value)
    return None if key is None else f"{vendor}:{key}"


class Among(NamedTuple):
    """Only records that have, in any version, one of the `ids` in `column`; `compared` writes it in SQL."""

    column: str
    ids: Iterable[str | None]
    compared: Callable[[str], str]


@dataclass(frozen=True)
class RawRecords:
    """The raw tables of a working file, where payloads have the columns, and what the company declares.

    Of `sources` only, where they are given: a vendor that is turned off leaves its tables behind.
    """

    connection: duckdb.DuckDBPyConnection
    fields: VendorFields = field(default_factory=lambda: for_the_recount(vendor_fields()))
    dimensions: Dimensions = BUILT_IN
    sources: Collection[str] | None = None

    @cached_property
    def _there(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for schema, table, column in self.connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema like 'raw_%'"
        ).fetchall():
            if self.sources is None or schema.removeprefix("raw_") in self.sources:
                found[schema, table].add(column)
        return found

    @cached_property
    def crms(self) -> tuple[str, ...]:
        """The CRMs whose accounts are there."""
        return tuple(
            each for each in ACCOUNT_TABLES if each != "files" and self.columns(each, ACCOUNT_TABLES[each])
        )

    def own_key(self, vendor: str) -> Callable[[object], str | None]:
        """How a CRM's records write ids of accounts and contacts: of several CRMs each has ids of its own."""
        if len(self.crms) < 2 or vendor == "files":
            return customer
        return partial(_of_crm, vendor)

    def with_names(self, survivors: Mapping[str, str]) -> dict[str, str]:
        """Key → survivor, and of several CRMs the ids, without the CRM, that one of them alone knows."""
        if len(self.crms) < 2:
            return dict(survivors)
        own = [key.partition(":") for key in survivors if key.partition(":")[0] in self.crms]
        times = Counter(name for _, _, name in own)
        named = {name: survivors[f"{crm}:{name}"] for crm, _, name in own if times[name] == 1}
        return named | dict(survivors)

    def columns(self, vendor: str, table: str) -> set[str]:
        """The columns of a raw table; none where there is no such table."""
        return self._there.get((f"raw_{vendor}", table), set())

    def current(self, *of: Table[T], among: Among | None = None) -> dict[str, T]:
        """Key → what the current version says: the last by version_at, load, position over all tables."""
        best: dict[str, tuple[Rank, T]] = {}
        for table in of:
            key_of, read = table.key, table.read
            for row in self.rows(table.vendor, table.table, table.columns, among):
                key = key_of(row[0])
                if key is None:
                    continue
                rank = rank_of(row)
                if key in best and rank <= best[key][0]:
                    continue
                record = read(key, row)
                if record is not None:
                    best[key] = (rank, record)
        return {key: record for key, (_, record) in best.items()}

    def rows(
        self, vendor: str, table: str, columns: tuple[str, ...], among: Among | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Record id, load, version_at (microseconds), position and the columns of every version loaded."""
        there = self.columns(vendor, table)
        if not there:
            return
        fields = self.fields.get(vendor, {}).get(table, {})
        own = [name for name in columns if name in there and name not in fields]
        selected = ", ".join([*map(_as_python_takes_it, (*_OWN, *own)), *(["payload"] if fields else [])])
        relation = f"raw_{vendor}.{table}"
        condition = ""
        if among is not None:
            self._want(among.ids)
            condition = f"{among.compared(among.column)} in (select id from wanted)"
            if among.column != "record_id":
                condition = f"record_id in (select record_id from {relation} where {condition})"
            condition = f" and {condition}"
        found = self.connection.execute(
            f"select {selected} from {relation} where not {unread(vendor, table)}{condition}"
        )
        for batch in found.to_arrow_reader(_BATCH):
            yield from zip(*_columns(batch, (*_OWN, *columns), fields), strict=True)

    def count(self, vendor: str, table: str, condition: str) -> int:
        """How many rows of a raw table a condition in SQL is true of."""
        relation = f"raw_{vendor}.{table}"
        [(rows,)] = self.connection.execute(f"select count(*) from {relation} where {condition}").fetchall()
        return int(rows)

    def histories(
        self,
        vendor: str,
        table: str,
        columns: tuple[str, ...],
        key: Callable[[str], str | None] = str,
        among: Among | None = None,
    ) -> dict[str, list[tuple[Any, ...]]]:
        """Key → all versions of the record in their order, each with the moment since which it holds: the
        vendor's, else when its load ended."""
        found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.rows(vendor, table, columns, among):
            if (name := key(row[0])) is not None:
                found[name].append(row)
        ended = dict(
            self.connection.execute(
                f"select load_id, epoch_us(inserted_at) from raw_{vendor}._dlt_loads where status = 0"
            ).fetchall()
            if found
            else ()
        )
        return {
            name: [
                (*row[:2], ended[row[1]] if row[2] is None else row[2], *row[3:])
                for row in sorted(rows, key=rank_of)
            ]
            for name, rows in found.items()
        }

    def _want(self, ids: Iterable[str | None]) -> None:
        self.connection.register("among", pa.table({"id": pa.array(ids, pa.string())}))
        self.connection.execute("create or replace temp table wanted as select distinct id from among")
        self.connection.unregister("among")


def rank_of(row: tuple[Any, ...]) -> Rank:
    """What orders the versions of a record: the vendor's moment (none first), load, position."""
    return (_NO_MOMENT if row[2] is None else row[2], row[1], row[3])


def _columns(batch: pa.RecordBatch, names: tuple[str, ...], fields: Fields) -> list[list[Any]]:
    """The values of each name: of a vendor's from the payload, else the raw column's; or nothing."""
    payloads = Payloads(_values(batch.column("payload"))) if fields else None
    held = set(batch.schema.names)
    found = []
    for name in names:
        if payloads is not None and name in fields and name not in _OWN:
            found.append(payloads.values(fields[name]))
        else:
            found.append(_values(batch.column(name)) if name in held else [None] * batch.num_rows)
    return found


@cache
def _as_python_takes_it(column: str) -> str:
    """Whole microseconds for moments (Python takes five times as long for an engine's own), and doubles."""
    kind = Kind.MOMENT if column == "version_at" else kind_of(column)
    if kind is Kind.MOMENT:
        return f"epoch_us({column}) as {column}"
    return f"cast({column} as double) as {column}" if kind is Kind.AMOUNT else column


def _values(column: pa.Array[Any]) -> list[Any]:
    """A column's values; texts are faster by way of NumPy."""
    return (
        column.to_numpy(zero_copy_only=False).tolist() if column.type == pa.string() else column.to_pylist()
    )

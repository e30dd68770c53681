"""Which rows are new: neither earlier in this load nor in raw.

Raw has no constraint that would refuse an existing version, and dlt appends whatever it gets. So this
comparison ensures that every version is stored once (docs/decisions/0008-append-after-our-own-comparison.md).
An engine looks into the working file for the time of one query and holds no lock on it. What a load does
grows with its rows and not with their square: a first portion is compared with raw by one scan of it, and
where a second comes, raw is read once more, for digests in which each further portion is looked up
(docs/decisions/0084-known-keys-are-looked-up.md). Knows keys; knows neither dlt nor what a row is about.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion import warehouse
from ingestion.digests import Digests, Keys

_FEW_RUNS: Final = 50
_MEMORY: Final = "200MB"
#: Keys of raw that become digests at a time.
_AT_ONCE: Final = 200_000


class New(NamedTuple):
    """The rows that are new; how many keys came for the first time in this load; how many of those raw has.

    The three are counted apart, so that `distinct` = rows + `known` proves that no row was lost here.
    """

    rows: pa.Table
    distinct: int
    known: int


class KnownKeys:
    """The keys of one raw table: those in the working file when the load begins and those given since.

    Rows of a load that never completed must be gone from the file (`load.recovered`). Key columns are text
    and never null. With `distinct`, the rows given in one load are trusted to have a key each, so that the
    load's own keys need not be kept.
    """

    def __init__(self, file: Path, schema: str, table: str, key: tuple[str, ...], distinct: bool) -> None:
        self._file = file
        self._schema = schema
        self._table = table
        self._key = key
        self._distinct = distinct
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._is_in_raw: bool | None = None
        self._was_compared = False
        self._earlier: Digests | None = None
        self._raw: Digests | None = None

    def leave_out(self, rows: pa.Table) -> New:
        """The rows without those that are known, each key once, in the order given."""
        if not rows.num_rows or (self._distinct and self._is_in_raw is False):
            return New(rows, rows.num_rows, 0)
        engine = self._engine = self._engine or _started()
        every = pa.array(np.arange(rows.num_rows))
        engine.register("given", rows.select(list(self._key)).append_column("place", every))
        try:
            places, keys = self._first_in_load(engine)
            is_known = self._in_raw(engine, places, keys)
        finally:
            engine.unregister("given")
        new = np.zeros(rows.num_rows, bool)
        new[places[~is_known]] = True
        return New(_kept(rows, new), len(places), int(is_known.sum()))

    def close(self) -> None:
        """Gives back the engine's memory and the digests' files; what was given is forgotten."""
        if self._engine is not None:
            self._engine.close()
        self._earlier = self._raw = None

    def _first_in_load(self, engine: duckdb.DuckDBPyConnection) -> tuple[npt.NDArray[np.int64], Keys]:
        """The places of the keys that come for the first time in this load, and their digests."""
        [given] = self._digests(engine, "given order by place", None)
        if self._distinct:
            return np.arange(given.shape[1]), given
        places = np.lexsort((given[1], given[0]))  # of equal ones the first stays first
        keys = given[:, places]
        is_first = np.ones(len(places), bool)
        is_first[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
        places, keys = places[is_first], keys[:, is_first]
        if self._earlier is None:
            self._earlier = Digests(warehouse.scratch())
        is_fresh = ~self._earlier.holds(keys)
        self._earlier.add(keys[:, is_fresh])
        return places[is_fresh], keys[:, is_fresh]

    def _in_raw(
        self, engine: duckdb.DuckDBPyConnection, places: npt.NDArray[np.int64], keys: Keys
    ) -> npt.NDArray[np.bool_]:
        """Of each place, whether raw has its key."""
        if self._raw is not None:
            return self._raw.holds(keys)
        none = np.zeros(len(places), bool)
        if self._is_in_raw is False or not self._file.exists():
            return none
        engine.execute(f"attach '{str(self._file).replace(chr(39), 2 * chr(39))}' as warehouse (read_only)")
        try:
            if self._is_in_raw is None:
                self._is_in_raw = self._holds_rows(engine)
            if not self._is_in_raw:
                return none
            raw = f'warehouse."{self._schema}"."{self._table}"'
            if not self._was_compared:
                self._was_compared = True
                held = f"select place from given semi join {raw} using ({', '.join(self._key)})"
                return np.isin(places, engine.execute(held).to_arrow_table()["place"].to_numpy())
            everything = Digests(warehouse.scratch())
            for portion in self._digests(engine, raw, _AT_ONCE):
                everything.add(portion)
            self._raw = everything
            return everything.holds(keys)
        finally:
            engine.execute("detach warehouse")

    def _digests(self, engine: duckdb.DuckDBPyConnection, rows: str, at_once: int | None) -> Iterator[Keys]:
        """The keys of rows as digests, so many at once; no two keys are written alike."""
        key = ", ".join(f"strlen({column}), {column}" for column in self._key)
        asked = engine.execute(
            f"select (digest >> 64)::ubigint, (digest & {2**64 - 1}::uhugeint)::ubigint "
            f"from (select md5_number(concat_ws(chr(31), {key})) as digest from {rows})"
        )
        if at_once is None:
            yield _halves(asked.to_arrow_table())
            return
        for batch in asked.to_arrow_reader(at_once):
            yield _halves(batch)

    def _holds_rows(self, engine: duckdb.DuckDBPyConnection) -> bool:
        exists = engine.execute(
            "select 1 from duckdb_tables() where database_name = 'warehouse' and schema_name = ? "
            "and table_name = ?",
            [self._schema, self._table],
        ).fetchone()
        held = f'select 1 from warehouse."{self._schema}"."{self._table}" limit 1'
        return exists is not None and engine.execute(held).fetchone() is not None


def _kept(rows: pa.Table, new: npt.NDArray[np.bool_]) -> pa.Table:
    """The rows that are new. Between few that are not they stay where they are; else they are copied."""
    edges = np.flatnonzero(np.diff(new, prepend=False, append=False))
    if len(edges) > 2 * _FEW_RUNS:
        return rows.filter(pa.array(new))
    runs = [rows.slice(start, end - start) for start, end in edges.reshape(-1, 2).tolist()]
    return pa.concat_tables([rows.slice(0, 0), *runs])


def _started() -> duckdb.DuckDBPyConnection:
    scratch = warehouse.scratch()
    scratch.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(
        config={
            "threads": 1,  # some ten thousand keys are not worth waking another
            "memory_limit": _MEMORY,
            "temp_directory": str(scratch / f"keys-{uuid4().hex}"),
        }
    )
    return engine


def _halves(made: pa.Table | pa.RecordBatch) -> Keys:
    return np.stack([made.column(half).to_numpy() for half in (0, 1)])

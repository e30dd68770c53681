"""Which rows are new: neither earlier in this load nor in raw.

Raw has no constraint that would refuse an existing version, and dlt appends whatever it gets. So this
comparison ensures that every version is stored once (docs/decisions/0008-append-after-our-own-comparison.md).
Whole tables of keys are compared, by an engine that looks into the working file for the time of one query
and holds no lock on it; it takes little memory, and the disk beyond that. Knows keys; knows neither dlt nor
what a row is about.
"""

from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion import warehouse

_FEW_RUNS: Final = 50
_MEMORY: Final = "200MB"


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

    def leave_out(self, rows: pa.Table) -> New:
        """The rows without those that are known, each key once, in the order given."""
        if not rows.num_rows or (self._distinct and self._is_in_raw is False):
            return New(rows, rows.num_rows, 0)
        engine = self._engine = self._engine or _started()
        places = pa.array(np.arange(rows.num_rows))
        engine.register("given", rows.select(list(self._key)).append_column("place", places))
        try:
            distinct = self._leave_out_earlier(engine)
            known = self._leave_out_raw(engine)
        finally:
            engine.unregister("given")
        new = np.zeros(rows.num_rows, bool)
        new[engine.execute("select place from new").to_arrow_table()["place"].to_numpy()] = True
        return New(_kept(rows, new), distinct, known)

    def close(self) -> None:
        """Gives back the engine's memory; what was given is forgotten."""
        if self._engine is not None:
            self._engine.close()

    def _leave_out_earlier(self, engine: duckdb.DuckDBPyConnection) -> int:
        """Makes `new` of the places of the keys that came for the first time in this load; how many."""
        if self._distinct:
            engine.execute("create or replace temp table new as select place from given")
            return _count(engine, "given")
        # Two texts never share an md5, and it takes a quarter of their space.
        digest = f"md5_number(concat_ws(chr(31), {', '.join(self._key)}))"
        engine.execute(
            f"create or replace temp table new as select min(place) as place, {digest} as digest "
            "from given group by digest"
        )
        engine.execute("delete from new using earlier where new.digest = earlier.digest")
        engine.execute("insert into earlier select digest from new")
        return _count(engine, "new")

    def _leave_out_raw(self, engine: duckdb.DuckDBPyConnection) -> int:
        """Takes out of `new` what the working file holds; how many."""
        if self._is_in_raw is False or not self._file.exists():
            return 0
        engine.execute(f"attach '{str(self._file).replace(chr(39), 2 * chr(39))}' as warehouse (read_only)")
        try:
            if self._is_in_raw is None:
                self._is_in_raw = self._holds_rows(engine)
            if not self._is_in_raw:
                return 0
            [[known]] = engine.execute(
                f'delete from new where place in (select given.place from warehouse."{self._schema}".'
                f'"{self._table}" inner join given using ({", ".join(self._key)}))'
            ).fetchall()
            return int(known)
        finally:
            engine.execute("detach warehouse")

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
    engine.execute("create temp table earlier (digest uhugeint)")
    return engine


def _count(engine: duckdb.DuckDBPyConnection, table: str) -> int:
    [[count]] = engine.execute(f"select count(*) from {table}").fetchall()
    return int(count)

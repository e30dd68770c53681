"""Every key is new once: whatever came before, in whatever portions, with whatever is in raw."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import known as known_module
from ingestion.digests import Digests, Keys
from ingestion.known import KnownKeys

KEY = ("record_id", "version_id")

#: Of a digest.
halves = st.sampled_from([0, 1, 2, 2**63, 2**64 - 1])
keys = st.tuples(st.text(max_size=2), st.text(max_size=2))
portions = st.lists(st.lists(keys, max_size=6), max_size=5)


def table(pairs: list[tuple[str, str]], start: int = 0) -> pa.Table:
    columns = list(zip(*pairs, strict=True)) or [(), ()]
    names = {name: pa.array(values, pa.string()) for name, values in zip(KEY, columns, strict=True)}
    return pa.table({**names, "number": pa.array(range(start, start + len(pairs)), pa.int64())})


def keys_of(digests: list[tuple[int, int]]) -> Keys:
    return np.array(digests, np.uint64).reshape(-1, 2).T


def working_file(folder: Path, held: list[tuple[str, str]]) -> Path:
    file = folder / "ware'house.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create schema raw_shop; create table raw_shop.things (record_id text, version_id text)"
        )
        if held:
            connection.executemany("insert into raw_shop.things values (?, ?)", held)
    return file


@given(st.lists(keys, max_size=6), portions)
def test_what_is_new_is_what_neither_raw_nor_an_earlier_portion_has(
    held: list[tuple[str, str]], given_portions: list[list[tuple[str, str]]]
) -> None:
    with TemporaryDirectory() as folder:
        known = KnownKeys(working_file(Path(folder), held), "raw_shop", "things", KEY, distinct=False)
        seen: set[tuple[str, str]] = set()
        for portion in given_portions:
            rows = table(portion)
            firsts = [at for at, key in enumerate(portion) if key not in seen and key not in portion[:at]]
            expected = [at for at in firsts if portion[at] not in held]
            new = known.leave_out(rows)
            assert new.rows["number"].to_pylist() == expected
            assert (new.distinct, new.known) == (len(firsts), len(firsts) - len(expected))
            seen.update(portion)


@given(st.sets(keys, max_size=6), st.sets(keys, max_size=6))
def test_distinct_rows_are_compared_with_raw_alone(
    held: set[tuple[str, str]], fresh: set[tuple[str, str]]
) -> None:
    with TemporaryDirectory() as folder:
        known = KnownKeys(working_file(Path(folder), list(held)), "raw_shop", "things", KEY, distinct=True)
        new = known.leave_out(table(list(fresh)))
        assert set(zip(*(new.rows[name].to_pylist() for name in KEY), strict=True)) == fresh - held
        assert new.distinct == new.rows.num_rows + new.known == len(fresh)


def test_without_a_working_file_or_a_table_everything_is_new(tmp_path: Path) -> None:
    absent = KnownKeys(tmp_path / "none.duckdb", "raw_shop", "things", KEY, distinct=False)
    other = KnownKeys(working_file(tmp_path, []), "raw_shop", "others", KEY, distinct=False)
    for known in (absent, other):
        assert known.leave_out(table([("a", "1"), ("a", "1")])).rows["number"].to_pylist() == [0]
        assert known.leave_out(table([("a", "1"), ("b", "1")])).rows["number"].to_pylist() == [1]


def test_the_working_file_is_free_between_comparisons(tmp_path: Path) -> None:
    file = working_file(tmp_path, [("a", "1")])
    known = KnownKeys(file, "raw_shop", "things", KEY, distinct=False)
    assert known.leave_out(table([("a", "1")])).known == 1
    with duckdb.connect(str(file)) as writer:
        writer.execute("insert into raw_shop.things values ('b', '1')")
    assert known.leave_out(table([("b", "1")])).known == 1


class _Noted:
    """An engine that notes which statements read the raw table whole."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, noted: list[str]) -> None:
        self._engine, self._noted = engine, noted

    def execute(self, sql: str, *values: Any) -> duckdb.DuckDBPyConnection:
        if "things" in sql and "limit 1" not in sql:
            self._noted.append(sql)
        return self._engine.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def work_of_reading_again(
    portions: int, distinct: bool, folder: Path, patch: pytest.MonkeyPatch
) -> tuple[int, int]:
    """How often raw was read, and how many digests were moved or sought, while all that it has came again."""
    size, scans, sets = 100, list[str](), list[Digests]()
    held = [(f"r{at}", "v") for at in range(portions * size)]

    def made(place: Path) -> Digests:
        sets.append(Digests(place))
        return sets[-1]

    started = known_module._started
    patch.setattr(known_module, "_started", lambda: _Noted(started(), scans))
    patch.setattr(known_module, "Digests", made)
    patch.setattr(known_module, "_AT_ONCE", size)
    folder.mkdir()
    known = KnownKeys(working_file(folder, held), "raw_shop", "things", KEY, distinct)
    for start in range(0, len(held), size):
        new = known.leave_out(table(held[start : start + size]))
        assert (new.rows.num_rows, new.known) == (0, size)
    return len(scans), sum(each.moved + each.sought for each in sets)


@pytest.mark.parametrize("distinct", [True, False])
def test_reading_all_again_takes_as_much_work_as_there_is_and_not_its_square(
    distinct: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With eight times the keys: eight times the work, and for each key one more merge and search as often as
    its number of binary digits grows; a scan for each portion would be 64 times."""
    with monkeypatch.context() as patch:
        scans, work = work_of_reading_again(4, distinct, tmp_path / "few", patch)
    with monkeypatch.context() as patch:
        more_scans, more_work = work_of_reading_again(32, distinct, tmp_path / "many", patch)
    assert scans == more_scans == 2
    assert 8 * work <= more_work < 24 * work


@given(
    st.lists(st.lists(st.tuples(halves, halves), max_size=9), max_size=9), st.lists(st.tuples(halves, halves))
)
def test_a_digest_is_held_where_it_was_put(
    put: list[list[tuple[int, int]]], asked: list[tuple[int, int]]
) -> None:
    """Halves are few, so that several digests share one."""
    with TemporaryDirectory() as folder:
        held = Digests(Path(folder))
        for portion in put:
            held.add(keys_of(portion))
        everything = {each for portion in put for each in portion}
        assert held.holds(keys_of(asked)).tolist() == [each in everything for each in asked]


@pytest.mark.parametrize("known_apart", [2, 1_000])
def test_rows_between_known_ones_are_new_in_their_order(known_apart: int, tmp_path: Path) -> None:
    """Whether those are many or few: the rows in between are copied only where there are many."""
    pairs = [(str(at), "v") for at in range(5_000)]
    held = [pair for at, pair in enumerate(pairs) if at % known_apart == 0]
    known = KnownKeys(working_file(tmp_path, held), "raw_shop", "things", KEY, distinct=False)
    new = known.leave_out(table(pairs))
    assert new.rows["number"].to_pylist() == [at for at in range(5_000) if at % known_apart]
    assert (new.distinct, new.known) == (5_000, len(held))

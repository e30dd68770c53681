"""Every key is new once: whatever came before, in whatever portions, with whatever is in raw."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.known import KnownKeys

KEY = ("record_id", "version_id")

keys = st.tuples(st.text(max_size=2), st.text(max_size=2))
portions = st.lists(st.lists(keys, max_size=6), max_size=5)


def table(pairs: list[tuple[str, str]], start: int = 0) -> pa.Table:
    columns = list(zip(*pairs, strict=True)) or [(), ()]
    names = {name: pa.array(values, pa.string()) for name, values in zip(KEY, columns, strict=True)}
    return pa.table({**names, "number": pa.array(range(start, start + len(pairs)), pa.int64())})


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


@pytest.mark.parametrize("known_apart", [2, 1_000])
def test_rows_between_known_ones_are_new_in_their_order(known_apart: int, tmp_path: Path) -> None:
    """Whether those are many or few: the rows in between are copied only where there are many."""
    pairs = [(str(at), "v") for at in range(5_000)]
    held = [pair for at, pair in enumerate(pairs) if at % known_apart == 0]
    known = KnownKeys(working_file(tmp_path, held), "raw_shop", "things", KEY, distinct=False)
    new = known.leave_out(table(pairs))
    assert new.rows["number"].to_pylist() == [at for at in range(5_000) if at % known_apart]
    assert (new.distinct, new.known) == (5_000, len(held))

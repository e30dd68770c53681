"""Work made ahead by another thread: the same items in order, errors in their place, nothing left running."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from ingestion.ahead import ahead, side_by_side
from ingestion.files.held import HeldRows
from ingestion.files.rows import grouped
from ingestion.tables import GROUP_ROWS


def test_items_come_in_order_and_errors_after_those_before_them() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise ValueError("the fourth")

    items = ahead(failing())
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the fourth"):
        next(items)


@pytest.mark.parametrize("count", [1, 4, 200])
def test_all_items_come_in_order_however_many_are_made_ahead(count: int) -> None:
    assert list(ahead(iter(range(100)), count)) == list(range(100))


@pytest.mark.parametrize("count", [1, 4])
def test_who_stops_early_leaves_no_thread_and_at_most_so_many_more_items(count: int) -> None:
    made = []
    before = set(threading.enumerate())
    items = ahead((made.append(at) or at for at in range(100)), count)  # type: ignore[func-returns-value]
    assert next(items) == 0
    items.close()
    assert len(made) <= 1 + count
    assert not set(threading.enumerate()) - before  # another test's may end meanwhile


def test_who_stops_early_closes_what_the_items_come_from() -> None:
    closed = []

    def opened() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    items = ahead(opened())
    assert next(items) == 0
    items.close()
    assert closed == [True]


def test_work_is_done_side_by_side_and_given_in_order() -> None:
    """Each of two waits for the other: alone none would ever end."""
    together = threading.Barrier(2, timeout=30)

    def meet(at: int) -> int:
        together.wait()
        return at

    assert list(side_by_side(meet, iter(range(100)), 2)) == list(range(100))


def test_work_that_fails_side_by_side_fails_in_its_place_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    numbers = side_by_side(lambda at: 6 // (3 - at), iter(range(9)), 2)
    assert [next(numbers) for _ in range(3)] == [2, 3, 6]
    with pytest.raises(ZeroDivisionError):
        next(numbers)
    assert not set(threading.enumerate()) - before  # another test's may end meanwhile


def test_who_stops_early_leaves_no_work_behind() -> None:
    before, done = set(threading.enumerate()), []
    numbers = side_by_side(lambda at: done.append(at) or at, iter(range(100)), 2)  # type: ignore[func-returns-value]
    assert next(numbers) == 0
    numbers.close()
    assert len(done) <= 3
    assert not set(threading.enumerate()) - before  # another test's may end meanwhile


def test_batches_are_grouped_and_none_is_lost() -> None:
    batches = [pa.record_batch({"n": pa.array(range(size))}) for size in (0, 100_000, 50_000, 7)]
    assert [group.num_rows for group in grouped(iter(batches))] == [150_000, 7]


def test_row_groups_are_those_of_the_engine(tmp_path: Path) -> None:
    """Of another number it would write all rows a second time when it closes its file."""
    fields: list[pa.Field[Any]] = [
        pa.field("position", pa.int64(), False),
        pa.field("file_name", pa.string(), False),
    ]
    with HeldRows(tmp_path / "held.parquet", pa.schema(fields), "load", ["file_name"]) as held:
        for start in range(0, 300_000, 50_000):
            numbers = pa.chunked_array([list(range(start, start + 50_000))])
            held.add({"position": numbers, "file_name": "a.csv"}, 50_000)
    file = pyarrow.parquet.ParquetFile(held.path)
    sizes = [file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups)]
    assert sizes == [GROUP_ROWS, GROUP_ROWS, 300_000 - 2 * GROUP_ROWS]
    assert held.count == 300_000
    assert file.read()["position"].to_pylist() == list(range(300_000))
    assert [column.nullable for column in file.schema_arrow] == [False] * 3

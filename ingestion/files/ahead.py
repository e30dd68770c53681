"""Two cores at work on one stream: what is next is made while what there is, is used.

An engine's own stream of results is no substitute: DuckDB reads its source faster than its results are taken,
and holds the difference in memory.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

from ingestion.files.held import GROUP_ROWS

_GROUP_BYTES = 32 << 20

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same items, one made ahead by another thread. Close it to wait for that one and let it go."""
    with ThreadPoolExecutor(1) as other:
        end = object()
        following = other.submit(next, items, end)
        while (item := following.result()) is not end:
            following = other.submit(next, items, end)
            yield item  # type: ignore[misc]


def grouped(batches: Iterator[pa.RecordBatch]) -> Generator[pa.Table, None, None]:
    """Batches put together to what is worth a statement: so many rows, or so many bytes if they are long."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            group.append(batch)
        if (
            sum(part.num_rows for part in group) >= GROUP_ROWS
            or sum(part.nbytes for part in group) >= _GROUP_BYTES
        ):
            yield pa.Table.from_batches(group)
            group = []
    if group:
        yield pa.Table.from_batches(group)

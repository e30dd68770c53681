"""Two cores at work on one stream: what is next is made while what there is, is used.

An engine's own stream of results is no substitute: DuckDB reads its source faster than its results are taken,
and holds the difference in memory. Code that asks dlt for the state of a load stays in the load's own thread.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same items, one made ahead by another thread. Close it to wait for that one and let it go, and the
    items' generator with it."""
    try:
        with ThreadPoolExecutor(1) as other:
            end = object()
            following = other.submit(next, items, end)
            while (item := following.result()) is not end:
                following = other.submit(next, items, end)
                yield item  # type: ignore[misc]
    finally:
        if isinstance(items, Generator):
            items.close()

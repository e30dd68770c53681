"""Uses several cores for one stream: the next item is prepared while the last one is used.

An engine's own stream of results is no substitute: DuckDB reads its source faster than its results are taken,
and holds the difference in memory. Code that asks dlt for the state of a load stays in the load's own thread.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

#: Pages of some hundred records, asked for ahead: a vendor makes many at a time, then serves them fast.
PAGES: Final = 32


def ahead(items: Iterator[Item], count: int = 1) -> Generator[Item, None, None]:
    """The same items, up to `count` of them made ahead by another thread. Closing it waits for the one that
    is being made, drops the others and closes the items' own generator."""
    end = object()
    other = ThreadPoolExecutor(1)
    try:
        made = deque(other.submit(next, items, end) for _ in range(count))
        while (item := made.popleft().result()) is not end:
            made.append(other.submit(next, items, end))
            yield item  # type: ignore[misc]
    finally:
        other.shutdown(cancel_futures=True)
        if isinstance(items, Generator):
            items.close()


def side_by_side(
    work: Callable[[Item], Made], items: Iterator[Item], count: int
) -> Generator[Made, None, None]:
    """`work` done on each item, in their order, on up to `count` of them at the same time. Items are taken in
    the thread that asks for results; closing it waits for the work that has begun."""
    others = ThreadPoolExecutor(count)
    try:
        made: deque[Future[Made]] = deque()
        for item in items:
            made.append(others.submit(work, item))
            if len(made) == count:
                yield made.popleft().result()
        while made:
            yield made.popleft().result()
    finally:
        others.shutdown(cancel_futures=True)

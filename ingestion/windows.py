"""A span of a source's past, read again on its own: what a backfill asks for in one load.

A loader whose vendor filters by time defines `<vendor>_within(window)`: its source, limited to the window.
Such a source moves no cursor. What is read of it must be what its last load read: where a setting or a scale
has changed since, an ordinary load comes first.

Belongs here: spans, and how a load tells that one is done. Does not belong here: in which order they are read
(`backfill.py`), or how a vendor filters (its loader).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final

import dlt

from ingestion.errors import RefusedError

#: Where the state of a source has its windows that are done.
DONE: Final = "backfilled"


@dataclass(frozen=True)
class Window:
    """From a moment (UTC) up to another, which is not part of it. `asked` is a digest of what is read."""

    start: datetime
    end: datetime
    asked: str = ""

    @property
    def last_second(self) -> datetime:
        """For vendors whose filters include their end, and count seconds."""
        return self.end - timedelta(seconds=1)

    @property
    def last_millisecond(self) -> datetime:
        """For those that count milliseconds."""
        return self.end - timedelta(milliseconds=1)

    @property
    def name(self) -> str:
        """How the state of a source names it."""
        return f"{self.start:%Y-%m-%d}/{self.end:%Y-%m-%d} {self.asked}".rstrip()


def months(start: date, end: date, asked: str = "") -> list[Window]:
    """The calendar months from one day up to another, which is left out; the first and last may be cut."""
    edges = [start]
    while (following := (edges[-1].replace(day=1) + timedelta(days=32)).replace(day=1)) < end:
        edges.append(following)
    moments = [datetime.combine(day, time(), UTC) for day in (*edges, end)]
    return [Window(*span, asked) for span in pairwise(moments)]


@contextmanager
def marked(source: str, table: str, window: Window | None) -> Iterator[None]:
    """A table read within a window; the mark that it is done is kept only with the load's rows.

    Raises `RefusedError` where the table is read otherwise than by its last load.
    """
    if window is None:
        yield
        return
    state: dict[str, Any] = dlt.current.resource_state()
    before = deepcopy(dict(state))
    yield
    if before and state != before:
        raise RefusedError(
            source,
            table,
            "is to be read otherwise than by its last load (a setting or a scale has changed)",
            "run `nps refresh` first, then this again",
        )
    dlt.current.source_state().setdefault(DONE, {})[window.name] = datetime.now(UTC).isoformat()

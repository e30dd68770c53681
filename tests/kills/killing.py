"""Killing a refresh at a moment while somebody reads what is published.

Belongs here: the kill, the reader beside it, and what differs afterwards. Does not belong here: the company.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from publication import reader
from tests.kills.company import Company, Held


@dataclass
class Reader:
    """Reads the published link again and again until it is told to end, and notes what went wrong."""

    published: Path
    times: int = 0
    failed: list[str] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Reader:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._is_over.wait(0.05):
            try:
                folder = (self.published / "current").resolve(strict=True)
                with duckdb.connect(str(folder / "nps.duckdb"), read_only=True) as connection:
                    assert connection.execute("select count(*) > 0 from nps_scores").fetchall() == [(True,)]
                reader.manifest(self.published)
            except Exception as failure:
                self.failed.append(f"{type(failure).__name__}: {failure}")
            self.times += 1


def measured(company: Company) -> tuple[Held, float]:
    """What a refresh that nobody kills leaves, and the seconds that it takes."""
    company.begin_again()
    began = time.monotonic()
    company.refresh()
    return company.held(), time.monotonic() - began


def killed(company: Company, after: float, expected: Held) -> list[str]:
    """Kills a refresh after so many seconds and refreshes again; what is not as it should be."""
    company.begin_again()
    with Reader(company.home / "published") as beside:
        process = company.refreshing()
        time.sleep(after)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        company.refresh()
    found = company.held()
    wrong = [f"a reader saw {each}" for each in beside.failed[:1]]
    wrong += [] if beside.times else ["nobody read meanwhile"]
    return [*wrong, *differences(expected, found)]


def differences(expected: Held, found: Held) -> list[str]:
    """What is not as a refresh that nobody killed leaves it."""
    wrong = [f"{table} has {rows} orphan rows" for table, rows in found.orphans.items() if rows]
    for what, one, other in (
        ("", expected.tables, found.tables),
        ("published ", expected.published, found.published),
    ):
        names = sorted(one.keys() | other.keys())
        wrong += [f"{what}{name} differs" for name in names if one.get(name) != other.get(name)]
    return wrong

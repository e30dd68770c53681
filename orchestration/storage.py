"""What `nps` exchanges in Dagster's instance: how the event log is written, and that output is not captured.

This is the only file of the product that uses private names of a library: Dagster documents these two classes
under no others. `tests/orchestration/test_storage.py` says when they are no longer needed
(docs/decisions/0037-public-interfaces-only.md).

Belongs here: how the instance keeps what it is told. Does not belong here: what it is told, which Dagster
decides, or when it is opened (`instance.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

BUSY_SECONDS = 30


def exchanged(folder: Path) -> dict[str, Any]:
    """What differs from the settings in the `dagster.yaml` of an instance in this folder."""
    return {
        "event_log_storage": {
            "module": OpenEventLog.__module__,
            "class": OpenEventLog.__name__,
            # Dagster's web page looks for it here.
            "config": {"base_dir": str(folder / "history" / "runs")},
        },
        # `nps` has a log of its own. Dagster would capture the output and pass it on through other processes,
        # which lose the last lines unless each run waits for them.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
    }


class OpenEventLog(SqliteEventLogStorage):
    """The same files, over connections that stay open; only this process writes (`instance.alone`).

    For each of the thousands of reads and writes of a refresh, Dagster's own class connects again, compiles
    the statement again and waits for the disk.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._open: dict[str | None, Engine] = {}
        self._one_at_a_time = threading.Lock()
        self._there: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> OpenEventLog:
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        return self._connected(run_id, super().run_connection)

    def index_connection(self) -> AbstractContextManager[Connection]:
        own = super().index_connection
        return self._connected(None, lambda _: own())

    def has_table(self, table_name: str) -> bool:
        """Asked again for every check and materialization; a table that is there stays."""
        if table_name not in self._there and super().has_table(table_name):
            self._there.add(table_name)
        return table_name in self._there

    @contextmanager
    def _connected(
        self, run_id: str | None, own: Callable[[str | None], AbstractContextManager[Connection]]
    ) -> Iterator[Connection]:
        """A transaction on the file of a run, or of all runs (None); Dagster's `own` makes the file."""
        with self._one_at_a_time:
            if run_id not in self._open:
                with own(run_id) as connection:
                    self._open[run_id] = _opened(connection.engine)
            with self._open[run_id].begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._open.values():
            engine.dispose()
        self._open.clear()
        super().dispose()


def _opened(same: Engine) -> Engine:
    engine = create_engine(
        same.url,
        poolclass=StaticPool,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _write_without_waiting)
    return engine


def _write_without_waiting(connection: Any, _: object) -> None:
    """A power cut may lose the last events of the run that it interrupts, but never the log itself."""
    connection.execute("pragma synchronous = normal")

"""The persistent Dagster instance as the command line uses it.

One `nps refresh` runs at a time, whatever happened to the last one: if its process was killed, its run is
ended here and its slot in the writer pool is freed, because there may be no daemon to do it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster import DagsterRunStatus, RunsFilter

from orchestration import storage
from orchestration.environment import ConfigurationError, Home

STARTED_BY = "nps/started_by"
COMMAND_LINE = "command line"
#: The source that a run loads alone, because something was received for it.
LOADED_FOR = "nps/loaded_for"
UNFINISHED = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Make this process the only `nps` command that writes to the working file of `home`.

    Raises:
        ConfigurationError: another one is running on the same `NPS_HOME`.
    """
    with (home.path / "refresh.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"another refresh is running on {home.path}; wait for it, or give this one its own NPS_HOME"
            ) from None
        yield


def is_refreshing(home: Home, dagster: dg.DagsterInstance) -> bool:
    """Whether a refresh is under way: by the command line, which holds the lock, or by the schedule.

    What loads on its own must not come between its steps: they would see different rows.
    """
    with (home.path / "refresh.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    running = dagster.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]))
    return any(not {STARTED_BY, LOADED_FOR} & run.tags.keys() for run in running)


@contextmanager
def opened(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance under `$NPS_HOME/dagster`, exclusive to this `nps` command.

    Raises:
        ConfigurationError: another `nps refresh` is running on the same `NPS_HOME`.
    """
    with alone(home):
        # Local, but not temporary: it is in our folder, with the `dagster.yaml` that is there.
        exchanged = storage.exchanged(home.dagster)
        with dg.DagsterInstance.local_temp(str(home.dagster), overrides=exchanged) as instance:
            _end_abandoned_runs(instance)
            yield instance


def _end_abandoned_runs(instance: dg.DagsterInstance) -> None:
    """End unfinished runs of the command line: we hold the lock, so their processes are gone."""
    abandoned = instance.get_runs(RunsFilter(tags={STARTED_BY: COMMAND_LINE}, statuses=UNFINISHED))
    for run in abandoned:
        instance.report_run_failed(run, "The process of this run ended before the run finished.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)

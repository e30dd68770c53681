"""What happened lately, kept beside the state: of each source its loads, of each job its last run.

Whoever watches the warehouse must not open the working file: a refresh would find it locked. So a load says
what it did when it is closed, and a run when it has ended, whether it succeeded or not, whoever started it.
Each has a file of its own, with one writer, which is replaced whole.

Belongs here: what is kept, and when. Does not belong here: how Prometheus is told (`exposition.py`), or who
is notified of a failure (`notify.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb
import orjson

from orchestration.environment import Home

if TYPE_CHECKING:  # `nps serve` needs no Dagster
    import dagster as dg

#: The moments of a record that say how recent it is: when the vendor changed it, or when it was given.
MOMENTS: Final = ("version_at", "responded_at")


@dataclass(frozen=True)
class Load:
    """The loads of a source. Counts are of all its loads, `seconds` is of the last that succeeded. Moments
    are Unix time, `newest` that of its most recent record."""

    source: str
    received: int = 0
    landed: int = 0
    quarantined: int = 0
    succeeded: int = 0
    failed: int = 0
    succeeded_at: float | None = None
    failed_at: float | None = None
    seconds: float | None = None
    newest: float | None = None


@dataclass(frozen=True)
class Run:
    """The last run of a job. `steps` are the seconds of each that went through; `failed_checks` have asset
    and name. A check that warns has not passed, and stops nothing."""

    job: str
    ended_at: float
    seconds: float
    is_success: bool
    succeeded_at: float | None = None
    passed: int = 0
    warned: int = 0
    failed_checks: list[tuple[str, str]] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)


Kept = TypeVar("Kept", Load, Run)


def load_succeeded(
    home: Home, source: str, seconds: float, *, received: int, landed: int, quarantined: int
) -> None:
    """Add a load to those of its source."""
    before = load_of(home, source)
    _write(
        _file(home, before),
        replace(
            before,
            received=before.received + received,
            landed=before.landed + landed,
            quarantined=before.quarantined + quarantined,
            succeeded=before.succeeded + 1,
            succeeded_at=time.time(),
            seconds=seconds,
            newest=newest(home.warehouse, source),
        ),
    )


def load_failed(home: Home, source: str) -> None:
    """Count a load that failed."""
    before = load_of(home, source)
    _write(_file(home, before), replace(before, failed=before.failed + 1, failed_at=time.time()))


def run_ended(home: Home, dagster: dg.DagsterInstance, run_id: str) -> None:
    """Keep what came of a run that has ended, as Dagster's own records tell it."""
    from dagster import DagsterEventType

    from orchestration import failures

    record = dagster.get_run_record_by_id(run_id)
    assert record is not None
    run, ended = record.dagster_run, record.end_time or time.time()
    told = Run(run.job_name, ended, ended - (record.start_time or ended), run.is_success)
    kinds = {DagsterEventType.ASSET_CHECK_EVALUATION, DagsterEventType.STEP_SUCCESS}
    found = dagster.get_records_for_run(run_id, of_type=kinds).records
    events = [event for each in found if (event := each.event_log_entry.dagster_event) is not None]
    verdicts = [
        each.asset_check_evaluation_data
        for each in events
        if each.event_type is DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    failed = [(asset, check) for asset, check, _ in failures.failed_checks(verdicts)]
    passed = sum(each.passed for each in verdicts)
    last_success = next((each.succeeded_at for each in runs(home) if each.job == run.job_name), None)
    _write(
        _file(home, told),
        replace(
            told,
            succeeded_at=ended if run.is_success else last_success,
            passed=passed,
            warned=len(verdicts) - passed - len(failed),
            failed_checks=failed,
            steps={
                each.step_key: each.step_success_data.duration_ms / 1000
                for each in events
                if each.is_step_success and each.step_key
            },
        ),
    )


def load_of(home: Home, source: str) -> Load:
    """What is kept of the loads of a source."""
    return next((each for each in loads(home) if each.source == source), Load(source))


def loads(home: Home) -> list[Load]:
    """What is kept of every source, by name."""
    return list(_read(home, "load", Load))


def runs(home: Home) -> list[Run]:
    """What is kept of every job, by name."""
    return [
        replace(run, failed_checks=[(asset, check) for asset, check in run.failed_checks])
        for run in _read(home, "run", Run)
    ]


def newest(warehouse: Path, source: str) -> float | None:
    """The moment of the most recent record in the raw tables of a source (Unix time), if any has one."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            columns = connection.execute(
                "select table_name, column_name from duckdb_columns() where schema_name = ?"
                " and column_name in (select unnest(?)) and data_type = 'TIMESTAMP WITH TIME ZONE'",
                [f"raw_{source}", MOMENTS],
            ).fetchall()
            if not columns:
                return None
            moments = " union all ".join(
                f'select epoch(max("{column}")) as moment from raw_{source}."{table}"'
                for table, column in columns
            )
            [(moment,)] = connection.execute(f"select max(moment) from ({moments})").fetchall()
    except (duckdb.IOException, duckdb.ConnectionException):  # nothing was loaded, or nobody can tell
        return None
    return None if moment is None else float(moment)


def _file(home: Home, what: Load | Run) -> Path:
    name = f"load-{what.source}" if isinstance(what, Load) else f"run-{what.job}"
    return home.health / f"{name}.json"


def _read(home: Home, kind: str, to: type[Kept]) -> Iterator[Kept]:
    """A file of another release, which lacks a field or has one more, is as if it were not there."""
    for path in sorted(home.health.glob(f"{kind}-*.json")):
        try:
            yield to(**orjson.loads(path.read_bytes()))
        except (TypeError, orjson.JSONDecodeError):
            continue


def _write(path: Path, what: Load | Run) -> None:
    path.parent.mkdir(exist_ok=True)
    half = path.with_suffix(".half")
    half.write_bytes(orjson.dumps(what))
    half.replace(path)

"""One run of the whole graph in this process, and its result.

The command line, the tests and the benchmarks call `refresh`; the schedule runs the same job under Dagster's
daemon. Does not belong here: how a report is printed (`cli`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import dagster as dg

from orchestration import acceptance, environment, failures, instance, notify, shortfall
from orchestration.acceptance import Accepted
from orchestration.definitions import defs
from orchestration.defs import guard
from orchestration.defs.loads import LOADED, QUARANTINED, REMARKS
from orchestration.defs.publication import CHANGED, PUBLISHED_COPY
from orchestration.defs.schedule import JOB
from publication import versions


@dataclass(frozen=True)
class SourceLoad:
    """What one source brought in this run: new record versions, quarantined rows, and one-line remarks for
    the user."""

    source: str
    rows: int
    quarantined: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass: the asset, the check's name and what it found, in one line."""

    asset: str
    check: str
    finding: str


@dataclass(frozen=True)
class RefreshReport:
    """The outcome of a run; `version` is the published version afterwards (None if there is none yet).

    `exceeded` are the limits that stopped it, `accepted` those that a person accepted, `not_needed` those
    accepted but not exceeded; `shortfall` is what could not be joined or read. Each is one line.
    """

    run_id: str
    succeeded: bool
    as_of: str
    loads: tuple[SourceLoad, ...]
    models: int
    checks_passed: int
    failed_checks: tuple[FailedCheck, ...]
    failed_step: str | None
    error: str | None
    version: str | None
    changed: bool
    seconds: float
    undelivered: tuple[str, ...]
    exceeded: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    not_needed: tuple[str, ...] = ()
    shortfall: tuple[str, ...] = ()


def refresh(accepted: Sequence[Accepted] = ()) -> RefreshReport:
    """Load, build, check and publish, once, in this process.

    `accepted` are limits that may be exceeded in this run only.

    A failure of the pipeline is a report with `succeeded` False; the configured webhook or command has been
    notified, and the previous publication stays.

    Raises:
        ConfigurationError: nothing was started; the message says what to change.
        KeyboardInterrupt: a person or the machine ended the run; this is not a failure to notify of.
    """
    started = time.monotonic()
    with environment.restored():
        home = environment.prepare()
        as_of = environment.pin_as_of()
        job = defs().resolve_job_def(JOB)
        acceptance.carry(accepted)
        with instance.opened(home) as dagster:
            result = job.execute_in_process(
                instance=dagster,
                raise_on_error=False,
                tags={instance.STARTED_BY: instance.COMMAND_LINE},
            )
        if failures.interrupted(result.get_step_failure_events()):
            raise KeyboardInterrupt
        evaluations = result.get_asset_check_evaluations()
        failed_checks = tuple(FailedCheck(*failed) for failed in failures.failed_checks(evaluations))
        limits = next((each for each in evaluations if each.check_name == guard.LIMITS), None)
        failed_step, error = failures.first_failure(result.get_step_failure_events()) or (None, None)
        if failed_checks:
            first = failed_checks[0]
            error = f"{first.check} on {first.asset}: {first.finding}"
        undelivered: list[str] = []
        if not result.success:
            undelivered = notify.notify(
                notify.Failure(result.run_id, JOB, failed_step or "", error or "the run failed")
            )
        current = versions.current(home.published)
        return RefreshReport(
            run_id=result.run_id,
            succeeded=result.success,
            as_of=as_of.isoformat(),
            loads=tuple(_loads(result)),
            models=sum(1 for materialization in _materializations(result) if _is_model(materialization)),
            checks_passed=sum(1 for evaluation in evaluations if evaluation.passed),
            failed_checks=failed_checks,
            failed_step=failed_step,
            error=error,
            version=current.name if current else None,
            changed=any(
                bool(materialization.metadata[CHANGED].value)
                for materialization in _materializations(result)
                if materialization.asset_key == PUBLISHED_COPY
            ),
            seconds=time.monotonic() - started,
            undelivered=tuple(undelivered),
            exceeded=_listed(limits, guard.EXCEEDED),
            accepted=_listed(limits, guard.ACCEPTED),
            not_needed=_listed(limits, guard.NOT_NEEDED),
            shortfall=_shortfall(result, home),
        )


def _listed(evaluation: dg.AssetCheckEvaluation | None, name: str) -> tuple[str, ...]:
    """The lines that a check reports under a name."""
    value: Any = evaluation.metadata[name].value if evaluation else []
    return tuple(map(str, value))


def _shortfall(result: dg.ExecuteInProcessResult, home: environment.Home) -> tuple[str, ...]:
    """The shortfall, if this run has built its table; that of an earlier run may be outdated."""
    built = {each.asset_key.to_user_string().replace("/", ".") for each in _materializations(result)}
    return shortfall.lines(home.warehouse) if shortfall.UNMATCHED in built else ()


def _materializations(result: dg.ExecuteInProcessResult) -> Iterator[dg.AssetMaterialization]:
    for event in result.get_asset_materialization_events():
        yield event.step_materialization_data.materialization


def _is_model(materialization: dg.AssetMaterialization) -> bool:
    unique_id = materialization.metadata.get("unique_id")
    return unique_id is not None and str(unique_id.value).startswith("model.")


def _loads(result: dg.ExecuteInProcessResult) -> Iterator[SourceLoad]:
    """One for each source, summed over its tables, in the order they were loaded."""
    totals: dict[str, list[int]] = {}
    remarks: dict[str, tuple[str, ...]] = {}
    for materialization in _materializations(result):
        if LOADED in materialization.metadata:
            source = materialization.asset_key.path[0].removeprefix("raw_")
            total = totals.setdefault(source, [0, 0])
            total[0] += int(str(materialization.metadata[LOADED].value))
            total[1] += int(str(materialization.metadata[QUARANTINED].value))
        if REMARKS in materialization.metadata:
            source = materialization.asset_key.path[0].removeprefix("raw_")
            remarks[source] = tuple(map(str, cast(list[Any], materialization.metadata[REMARKS].value)))
    for source, (rows, quarantined) in totals.items():
        yield SourceLoad(source, rows, quarantined, remarks.get(source, ()))

"""One refresh in this process: load, and where anything is new, build, judge and publish.

The loads are a run of their own, because they need neither dbt nor the guard, and what comes after them is
needed only where something is new (docs/decisions/0036-a-refresh-begins-with-its-loads.md). The command line,
the tests and the benchmarks call `refresh`; the schedule runs the whole graph in one run under Dagster's
daemon.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import dagster as dg

from orchestration import (
    acceptance,
    dbt,
    definitions,
    environment,
    events,
    failures,
    instance,
    notify,
    progress,
    report,
    unchanged,
    vendors,
)
from orchestration.acceptance import Accepted
from orchestration.defs.schedule import BUILD, JOB, LOAD
from orchestration.report import RefreshReport


def refresh(accepted: Sequence[Accepted] = ()) -> RefreshReport:
    """Load what is new, and build, judge and publish, unless nothing is new since that was done last.

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
        loads = definitions.loads().resolve_job_def(LOAD)
        if not dbt.is_prepared(vendors.enabled()):
            # What dbt cannot parse is told before anything is loaded.
            dbt.prepared_manifest(vendors.enabled())
        standing_since = None
        with instance.opened(home) as dagster:
            before = unchanged.last(home)
            runs = [_run(loads, dagster)]
            if runs[0].success:
                found = unchanged.state(home, as_of)
                if not accepted and unchanged.nothing_new(before, found, home):
                    assert before is not None
                    standing_since = before.ended
                    unchanged.keep_on(home, before)
                    _tell_that_it_stands(dagster, found.version)
                else:
                    unchanged.forget(home)
                    progress.report("prepare", "dbt and Great Expectations")
                    build = definitions.defs().resolve_job_def(BUILD)
                    acceptance.carry(accepted)
                    runs.append(_run(build, dagster))
        told = report.of(runs, home, as_of.isoformat(), time.monotonic() - started, standing_since)
        if told.succeeded and standing_since is None and not told.accepted:
            unchanged.keep(home, found, told.checks_passed)
        if not told.succeeded:
            failure = notify.Failure(told.run_id, JOB, told.failed_step or "", told.error or "the run failed")
            told = replace(told, undelivered=tuple(notify.notify(failure)))
        return told


def _run(job: dg.JobDefinition, dagster: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run a job; raises KeyboardInterrupt where its process was told to end."""
    result = job.execute_in_process(
        instance=dagster, raise_on_error=False, tags={instance.STARTED_BY: instance.COMMAND_LINE}
    )
    if failures.interrupted(result.get_step_failure_events()):
        raise KeyboardInterrupt
    return result


def _tell_that_it_stands(dagster: dg.DagsterInstance, version: str) -> None:
    """The published copy is as fresh as these loads: Dagster's page must not call it overdue."""
    dagster.report_runless_asset_event(
        dg.AssetMaterialization(
            events.PUBLISHED_COPY,
            description="Nothing is new: the version that is published stays.",
            metadata={events.VERSION: version, events.CHANGED: False},
        )
    )

"""One refresh in this process: load, and where anything is new, build, judge and publish. A replay builds,
judges and publishes what raw holds, and loads nothing.

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
    adopting,
    dbt,
    definitions,
    environment,
    events,
    failures,
    gaps,
    health,
    instance,
    notify,
    progress,
    report,
    unchanged,
    vendors,
)
from orchestration.acceptance import Accepted
from orchestration.defs.schedule import BUILD, JOB, JUDGE, LOAD
from orchestration.environment import Home
from orchestration.report import RefreshReport


def refresh(accepted: Sequence[Accepted] = ()) -> RefreshReport:
    """Load what is new, and build, judge and publish, unless nothing is new since that was done last.

    `accepted` are limits that may be exceeded in this run only.

    A failure of the pipeline is a report with `succeeded` False; the configured webhook or command has been
    notified, and the previous publication stays. Where only vendors could not be loaded, the rest is built,
    judged and published with what raw has of them, and that is told as a failure all the same.

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
            loaded = _run(loads, dagster)
            runs = [loaded]
            failed = [event.step_key or "" for event in loaded.get_step_failure_events()]
            without = gaps.borne(home, loaded.success, failed, [*acceptance.incomplete(accepted)])
            if without is not None:
                found = unchanged.state(home, as_of)
                if not (accepted or failed) and unchanged.nothing_new(before, found, home):
                    assert before is not None
                    standing_since = before.ended
                    unchanged.keep_on(home, before)
                    _tell_that_it_stands(dagster, found.version)
                else:
                    with vendors.without(without):
                        runs.append(_built(home, dagster, accepted))
        told = report.of(runs, home, as_of.isoformat(), time.monotonic() - started, standing_since)
        if told.succeeded and standing_since is None and not told.accepted:
            unchanged.keep(home, found, told.checks_passed)
        return _told(told)


def replay(accepted: Sequence[Accepted] = ()) -> RefreshReport:
    """Rebuild everything from raw, from staging to the published tables, and call nobody.

    The vendors are those of the last build (`vendors.replayed`); none needs its credentials. The models are
    built, judged and published by the same job as in a refresh. What comes out the same stays published.

    Raises: as `refresh`.
    """
    started = time.monotonic()
    with environment.restored():
        home = environment.prepare()
        as_of = environment.pin_as_of()
        with vendors.replayed(home), instance.opened(home) as dagster:
            run = _built(home, dagster, accepted)
        return _told(report.of([run], home, as_of.isoformat(), time.monotonic() - started))


def judge(names: Sequence[str], accepted: Sequence[Accepted] = ()) -> RefreshReport:
    """Build and judge what raw holds of these vendors. Publishes nothing, and tells nobody of a failure.

    Raises: as `refresh`.
    """
    started = time.monotonic()
    with environment.restored():
        home = environment.prepare()
        as_of = environment.pin_as_of()
        with vendors.exactly(names), instance.opened(home) as dagster:
            run = _built(home, dagster, accepted, JUDGE)
        return report.of([run], home, as_of.isoformat(), time.monotonic() - started)


def _told(what: RefreshReport) -> RefreshReport:
    """The report, after a failure has been told to whoever wants to know of it."""
    if what.succeeded:
        return what
    failure = notify.Failure(what.run_id, JOB, what.failed_step or "", what.error or "the run failed")
    return replace(what, undelivered=tuple(notify.notify(failure)))


def _built(
    home: Home, dagster: dg.DagsterInstance, accepted: Sequence[Accepted], job: str = BUILD
) -> dg.ExecuteInProcessResult:
    """Build and judge what raw holds, and publish it unless the job does not."""
    adopting.adopt(home)  # a replay loads nothing
    unchanged.forget(home)
    progress.report("prepare", "dbt and Great Expectations")
    build = definitions.defs().resolve_job_def(job)
    acceptance.carry(accepted)
    return _run(build, dagster)


def _run(job: dg.JobDefinition, dagster: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run a job; raises KeyboardInterrupt where its process was told to end."""
    result = job.execute_in_process(
        instance=dagster, raise_on_error=False, tags={instance.STARTED_BY: instance.COMMAND_LINE}
    )
    if failures.interrupted(result.get_step_failure_events()):
        raise KeyboardInterrupt
    health.run_ended(environment.home(), dagster, result.run_id)
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

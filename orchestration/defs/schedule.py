"""The `refresh` job, which runs the whole graph in one process, its two halves, and the daily schedule.

The schedule loads, and a sensor builds when the loads have ended: Dagster builds nothing downstream of a step
that failed, and a vendor that fails is to hold up nobody else. What may be gone on with is `gaps.py`.
"""

import os
from typing import Any

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus

from ingestion import warehouse
from orchestration import environment, events, gaps, vendors

JOB = "refresh"
LOAD = "load"
BUILD = "build_and_publish"
JUDGE = "build_and_judge"
DAILY = "0 5 * * *"
#: A run of loads that is followed by one that builds. Whoever runs the loads alone wants nothing built.
THEN = "nps/then"


def defs() -> dg.Definitions:
    """The job, its halves, the schedule, and one process for all of a run's steps."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="From every configured vendor to the published copy; stops if a check fails.",
        executor_def=dg.in_process_executor,
    )
    load = _load()
    build = dg.define_asset_job(
        BUILD,
        selection=dg.AssetSelection.all() - _raw_tables(),
        description="From the raw tables that are there to the published copy; stops where a check fails.",
        executor_def=dg.in_process_executor,
    )
    judge = dg.define_asset_job(
        JUDGE,
        selection=dg.AssetSelection.all() - _raw_tables() - _published_and_after(),
        description="From the raw tables that are there to what could be published; nothing is.",
        executor_def=dg.in_process_executor,
    )
    sensors = [_after(load, build, status) for status in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)]
    return dg.Definitions(
        jobs=[job, load, build, judge], schedules=[daily()], sensors=sensors, executor=dg.in_process_executor
    )


def daily() -> dg.ScheduleDefinition:
    """When to load, so that what was loaded is built afterwards.

    Raises:
        ConfigurationError: `NPS_SCHEDULE` is not a time as cron says it.
    """
    when = os.environ.get("NPS_SCHEDULE")
    try:
        return dg.ScheduleDefinition(
            name="refresh_daily",
            job_name=LOAD,
            tags={THEN: BUILD},
            cron_schedule=when or DAILY,
            execution_timezone="UTC",
            # Off by default: a checkout that somebody only looks at must not call vendors.
            default_status=dg.DefaultScheduleStatus.RUNNING if when else dg.DefaultScheduleStatus.STOPPED,
            description="Stopped until NPS_SCHEDULE says when, or it is switched on in Dagster's web page.",
        )
    except dg.DagsterInvalidDefinitionError as error:
        raise environment.ConfigurationError(
            f"NPS_SCHEDULE is {when!r}, which is not the five fields that cron knows, such as {DAILY!r}"
        ) from error


def _after(load: Any, build: Any, status: DagsterRunStatus) -> dg.SensorDefinition:
    """Builds after the schedule's loads, also after some failed that the build may go on without."""

    @dg.run_status_sensor(
        run_status=status,
        name=f"build_after_{status.value.lower()}",
        monitored_jobs=[load],
        request_job=build,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Builds and publishes what the schedule has loaded, and goes on without the rest.",
    )
    def build_after(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if THEN not in run.tags:
            return dg.SkipReason("nothing is to be built after these loads")
        found = context.instance.get_records_for_run(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
        events = [record.event_log_entry.dagster_event for record in found.records]
        failed = [event.step_key or "" for event in events if event is not None]
        if gaps.borne(environment.home(), run.is_success, failed) is None:
            return dg.SkipReason("nothing can be published without what could not be loaded")
        return dg.RunRequest(run_key=run.run_id)

    return build_after


def load_alone() -> dg.Definitions:
    """The job that loads, where there is nothing else."""
    return dg.Definitions(jobs=[_load()], executor=dg.in_process_executor)


def _load() -> Any:
    return dg.define_asset_job(
        LOAD,
        selection=_raw_tables(),
        description="From every configured vendor to its raw tables; nothing is built.",
        executor_def=dg.in_process_executor,
    )


def _published_and_after() -> dg.AssetSelection:
    """The published copy, and all that is told, copied and written because of it."""
    return dg.AssetSelection.assets(events.PUBLISHED_COPY).downstream()


def _raw_tables() -> dg.AssetSelection:
    """What loads write, without the checks that judge it."""
    return dg.AssetSelection.groups(*map(warehouse.dataset, vendors.enabled())).without_checks()

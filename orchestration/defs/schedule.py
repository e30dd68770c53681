"""The `refresh` job, which runs the whole graph in one process, its daily schedule and its two halves."""

from typing import Any

import dagster as dg

from ingestion import warehouse
from orchestration import vendors

JOB = "refresh"
LOAD = "load"
BUILD = "build_and_publish"


def defs() -> dg.Definitions:
    """The job, its halves, its schedule, and one process for all of a run's steps."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="From every configured vendor to the published copy; stops if a check fails.",
        executor_def=dg.in_process_executor,
    )
    daily = dg.ScheduleDefinition(
        name="refresh_daily",
        job=job,
        cron_schedule="0 5 * * *",
        execution_timezone="UTC",
        # Off by default: a checkout that somebody only looks at must not call vendors.
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Daily at 05:00 UTC; stopped until it is switched on in Dagster's web page.",
    )
    build = dg.define_asset_job(
        BUILD,
        selection=dg.AssetSelection.all() - _raw_tables(),
        description="From the raw tables that are there to the published copy; stops where a check fails.",
        executor_def=dg.in_process_executor,
    )
    halves = [_load(), build]
    return dg.Definitions(jobs=[job, *halves], schedules=[daily], executor=dg.in_process_executor)


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


def _raw_tables() -> dg.AssetSelection:
    """What loads write, without the checks that judge it."""
    return dg.AssetSelection.groups(*map(warehouse.dataset, vendors.enabled())).without_checks()

"""The `refresh` job, which runs the whole graph in one run and one process, and its daily schedule."""

import dagster as dg

JOB = "refresh"


def defs() -> dg.Definitions:
    """The job, its schedule, and one process for all of a run's steps."""
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
    return dg.Definitions(jobs=[job], schedules=[daily], executor=dg.in_process_executor)

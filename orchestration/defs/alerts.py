"""When to notify of a failed run. How is `orchestration.notify`."""

import dagster as dg

from orchestration import failures, instance, notify


@dg.run_failure_sensor(
    name="failure_alert",
    description="Sends run, failed step and error to NPS_FAILURE_WEBHOOK and NPS_FAILURE_COMMAND.",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    monitor_all_code_locations=True,
)
def failure_alert(context: dg.RunFailureSensorContext) -> None:
    """Notify only once: a run of the command line has already notified of its own failure."""
    run = context.dagster_run
    if run.tags.get(instance.STARTED_BY) == instance.COMMAND_LINE:
        return
    step, error = failures.first_failure(context.get_step_failure_events()) or (
        "",
        failures.one_line(context.failure_event.message or "the run failed"),
    )
    for problem in notify.notify(notify.Failure(run.run_id, run.job_name, step, error)):
        context.log.warning(problem)


def defs() -> dg.Definitions:
    """The failure sensor."""
    return dg.Definitions(sensors=[failure_alert])

"""When it is kept how a run of the daemon ended. What is kept is `orchestration.health`."""

import dagster as dg
from dagster import DagsterRunStatus

from orchestration import environment, health, instance


def _kept(status: DagsterRunStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        run_status=status,
        name=f"health_after_{status.value.lower()}",
        minimum_interval_seconds=30,
        monitor_all_code_locations=True,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Keeps what `nps serve` tells Prometheus of the run.",
    )
    def kept(context: dg.RunStatusSensorContext) -> None:
        """A run of the command line has kept it already."""
        if context.dagster_run.tags.get(instance.STARTED_BY) != instance.COMMAND_LINE:
            health.run_ended(environment.home(), context.instance, context.dagster_run.run_id)

    return kept


def defs() -> dg.Definitions:
    """A sensor for each way in which a run ends."""
    return dg.Definitions(sensors=[_kept(DagsterRunStatus.SUCCESS), _kept(DagsterRunStatus.FAILURE)])

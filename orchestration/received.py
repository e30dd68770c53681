"""The second entry point: loads what the receiver has kept, within seconds.

A code location of its own, which imports neither dbt nor the guard: Dagster imports a whole location for each
run. The sensor looks at files and never at the warehouse. What a load takes is `receiving.py`.
"""

import time
from collections.abc import Iterator
from math import inf

import dagster as dg

from ingestion import registry
from orchestration import environment, instance, policy, preflight, receiving, vendors
from orchestration.defs import loads
from orchestration.instance import LOADED_FOR

#: A vendor whose events only name answers is asked for them at most so often: a load costs several requests.
PAUSE_SECONDS = 60
#: A load that has failed is tried again so much later: whoever is told of it must not be told every minute.
AGAIN_SECONDS = 1800


@dg.op(pool=policy.WRITER_POOL)
def load(context: dg.OpExecutionContext) -> None:
    """Loads the source that the run is for, unless a refresh has begun since the sensor looked."""
    if instance.is_refreshing(environment.home(), context.instance):
        context.log.info("a refresh is under way; what was received waits for its end")
        return
    source = registry.source_spec(context.run.tags[LOADED_FOR])
    for result in loads.loaded(source, context.retry_number):
        assert result.asset_key is not None
        context.log_event(dg.AssetMaterialization(asset_key=result.asset_key, metadata=result.metadata))


@dg.job(
    executor_def=dg.in_process_executor, description="Loads one source, for which something was received."
)
def load_received() -> None:
    """One step."""
    load()


@dg.sensor(
    job=load_received,
    minimum_interval_seconds=5,
    # Nothing waits in a checkout that somebody only looks at, so nobody is called.
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Loads a source as soon as the receiver has kept something for it.",
)
def received(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run for each source for which something waits."""
    home = environment.home()
    waiting = receiving.waiting(home, vendors.enabled())
    if not waiting:
        yield dg.SkipReason("nothing waits that a load could take")
    elif instance.is_refreshing(home, context.instance):
        yield dg.SkipReason("a refresh is under way")
    else:
        for source in waiting:
            if time.time() >= _not_before(context.instance, source):
                yield dg.RunRequest(tags={LOADED_FOR: source})


def _not_before(dagster: dg.DagsterInstance, source: str) -> float:
    """When the next load of this source may be started (Unix time), as the last one tells."""
    records = dagster.get_run_records(dg.RunsFilter(tags={LOADED_FOR: source}), limit=1)
    if not records:
        return 0
    [last] = records
    if not last.dagster_run.is_finished:
        return inf
    pause = 0 if source == "files" else PAUSE_SECONDS
    return last.create_timestamp.timestamp() + (pause if last.dagster_run.is_success else AGAIN_SECONDS)


@dg.definitions
def defs() -> dg.Definitions:
    """The sensor and its job. The company folder must be in order."""
    preflight.refuse(environment.prepare())
    return dg.Definitions(jobs=[load_received], sensors=[received])

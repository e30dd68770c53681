"""The sensor that loads what the receiver has kept, within seconds. It looks at files, not at the warehouse.

Belongs here: when a load is started. What a load takes is `orchestration.receiving`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import dagster as dg

from ingestion import registry
from orchestration import environment, receiving, vendors
from orchestration.defs import loads
from orchestration.defs.schedule import LOAD
from orchestration.instance import UNFINISHED

SOURCE = "nps/received_for"
#: A vendor whose events only name answers is asked for them at most so often: a load costs several requests.
PAUSE_SECONDS = 60
#: A load that has failed is tried again so much later, unless more has been received by then.
AGAIN_SECONDS = 1800


@dg.sensor(
    job_name=LOAD,
    minimum_interval_seconds=5,
    # Nothing waits in a checkout that somebody only looks at, so nobody is called.
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Loads a source as soon as the receiver has kept something for it.",
)
def received(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run for each source for which something waits."""
    started = json.loads(context.cursor or "{}")
    requests = list(_requests(context.instance, started, time.time()))
    if not requests:
        return dg.SkipReason("nothing waits that a load could take now")
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(started))


def _requests(
    instance: dg.DagsterInstance, started: dict[str, list[float]], now: float
) -> Iterator[dg.RunRequest]:
    """`started` says of each source how much had been received, and when, as its last load was started."""
    enabled = vendors.enabled()
    for source, size in receiving.waiting(environment.home()).items():
        last = started.get(source, [0, 0])
        pause = AGAIN_SECONDS if size == last[0] else PAUSE_SECONDS if source != "files" else 0
        unfinished = dg.RunsFilter(tags={SOURCE: source}, statuses=[*UNFINISHED, dg.DagsterRunStatus.QUEUED])
        if source in enabled and now - last[1] >= pause and not instance.get_runs(unfinished, limit=1):
            started[source] = [size, now]
            tables = sorted(loads.raw_tables(registry.source_spec(source)).keys)
            yield dg.RunRequest(asset_selection=tables, tags={SOURCE: source})


def defs() -> dg.Definitions:
    """The sensor."""
    return dg.Definitions(sensors=[received])

"""The sensor that loads what the receiver has kept, within seconds. It looks at files, not at the warehouse.

Belongs here: when a load is started. What a load takes is `orchestration.receiving`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from math import inf

import dagster as dg

from ingestion import registry
from orchestration import environment, instance, receiving, vendors
from orchestration.defs import loads
from orchestration.defs.schedule import LOAD
from orchestration.instance import LOADED_FOR

#: A vendor whose events only name answers is asked for them at most so often: a load costs several requests.
PAUSE_SECONDS = 60
#: A load that has failed is tried again so much later: whoever is told of it must not be told every minute.
AGAIN_SECONDS = 1800


@dg.sensor(
    job_name=LOAD,
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
                tables = sorted(loads.raw_tables(registry.source_spec(source)).keys)
                yield dg.RunRequest(asset_selection=tables, tags={LOADED_FOR: source})


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


def defs() -> dg.Definitions:
    """The sensor."""
    return dg.Definitions(sensors=[received])

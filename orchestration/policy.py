"""Rules that hold for every asset: owners, kinds, freshness, the writer pool, retries.

A definition file names what an asset is; what is true of all of them is said once, here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import cast

import dagster as dg
from dagster_shared.record import copy

WRITER_POOL = "duckdb_writer"
"""Every step that opens the working file; `dagster.yaml` limits a pool to one step at a time."""

LOAD_RETRIES = dg.RetryPolicy(
    max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""A load is idempotent, so trying again is safe; a build or a verdict would only repeat itself."""

DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""A daily refresh that was missed once warns after two hours of grace, and fails half a day later."""

OWNERS = {
    "definition": "team:nps-governance",
    "guard": "team:nps-governance",
    "publication": "team:nps-governance",
    "published": "team:nps-governance",
}
DEFAULT_OWNER = "team:analytics-engineering"


def load_again(retries: int) -> dg.RetryRequested:
    """What a load raises that has failed after so many retries.

    The step has no policy of its own: with one, Dagster would try again what a person has interrupted.
    """
    return dg.RetryRequested(
        max_retries=LOAD_RETRIES.max_retries, seconds_to_wait=LOAD_RETRIES.calculate_delay(retries + 1)
    )


def apply(definitions: dg.Definitions) -> dg.Definitions:
    """The same definitions with every asset owned, and freshness promised at both ends of the flow."""
    assets = cast(Iterable[dg.AssetsDefinition], definitions.assets or [])
    return copy(definitions, assets=dg.map_asset_specs(_governed, assets))


def _governed(spec: dg.AssetSpec) -> dg.AssetSpec:
    group = spec.group_name or ""
    owned = spec.replace_attributes(owners=spec.owners or [OWNERS.get(group, DEFAULT_OWNER)])
    if spec.key.path[0].startswith("raw_") or group == "published":
        return owned.replace_attributes(freshness_policy=DAILY)
    return owned

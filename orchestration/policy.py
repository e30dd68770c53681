"""Rules for every asset: owners, kinds, freshness, the writer pool, retries.

A definition file says what an asset is; rules common to all of them are here.
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
"""A load is idempotent, so a retry is safe; a build or a check would only fail again."""

DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""A missed daily refresh warns after two hours of grace, and fails ten hours later."""

OWNERS = {
    "definition": "team:nps-governance",
    "guard": "team:nps-governance",
    "publication": "team:nps-governance",
    "published": "team:nps-governance",
}
DEFAULT_OWNER = "team:analytics-engineering"


def load_again(retries: int) -> dg.RetryRequested:
    """The exception with which a failed load asks for its next retry.

    The step has no retry policy of its own: with one, Dagster would retry a load that a person interrupted.
    """
    return dg.RetryRequested(
        max_retries=LOAD_RETRIES.max_retries, seconds_to_wait=LOAD_RETRIES.calculate_delay(retries + 1)
    )


def apply(definitions: dg.Definitions) -> dg.Definitions:
    """The same definitions with an owner for every asset, and freshness policies at both ends of the flow."""
    assets = cast(Iterable[dg.AssetsDefinition], definitions.assets or [])
    return copy(definitions, assets=dg.map_asset_specs(_governed, assets))


def _governed(spec: dg.AssetSpec) -> dg.AssetSpec:
    group = spec.group_name or ""
    owned = spec.replace_attributes(owners=spec.owners or [OWNERS.get(group, DEFAULT_OWNER)])
    if spec.key.path[0].startswith("raw_") or group == "published":
        return owned.replace_attributes(freshness_policy=DAILY)
    return owned

"""Under which names the steps leave in their events what the report of a refresh reads there.

Importing this costs Dagster alone: the steps themselves import dbt, Great Expectations and MetricFlow.
"""

import dagster as dg

LOADED = "rows_loaded"
QUARANTINED = "quarantined"
RECEIVED = "received"
REMARKS = "remarks"

LIMITS = "limits"
EXCEEDED, ACCEPTED, NOT_NEEDED = "exceeded", "accepted", "not needed"

PUBLISHED_COPY = dg.AssetKey("published_copy")
VERSION = "version"
CHANGED = "changed"

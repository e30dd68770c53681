"""A source's past, read month by month: each month is a load of its own, and one that is done is not asked
for again, even where the process was killed.

That a month is done is kept with its rows in one load, so there is never the one without the other. What was
asked for is part of it: under other settings the month is read again.

Belongs here: the order of the loads. Does not belong here: a load (`load.py`), or how a vendor filters.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b

from ingestion import load, registry, warehouse, windows
from ingestion.errors import ConfigurationError
from ingestion.windows import Window


@dataclass(frozen=True)
class Month:
    """A month, or a part of one, and what its load brought: None where an earlier backfill has read it."""

    window: Window
    report: load.LoadReport | None


def planned(name: str, start: date, end: date) -> list[Window]:
    """The windows of a backfill, the oldest first.

    Raises `ConfigurationError` where the source has no window, or where the span is empty or not over.
    """
    spec = registry.source_spec(name)
    if spec.defined("within") is None:
        raise ConfigurationError(
            f"{name} cannot be asked for a span of time; `nps refresh` loads all that it has"
        )
    if not registry.is_configured(name):
        raise ConfigurationError(
            f"{name} is not configured: its settings are {', '.join(spec.required_keys)}"
        )
    if start >= end:
        raise ConfigurationError(f"--from {start} is not before --to {end}, which is the first day left out")
    today = datetime.now(UTC).date()
    if end > today:
        raise ConfigurationError(
            f"--to {end} is after {today}: `nps refresh` loads days that are not over; give an earlier day"
        )
    return windows.months(start, end, _asked(spec))


def backfill(name: str, span: list[Window]) -> Iterator[Month]:
    """Reads each window that is not done, and gives each as it is done. Raises what a load raises."""
    done = _done(name)
    for window in span:
        if window.name in done:
            yield Month(window, None)
        else:
            yield Month(window, load.load_source(name, window))


def _done(name: str) -> set[str]:
    """The names of the windows that are done, by the state that was kept with the loads that succeeded."""
    warehouse.check_working_file()
    pipeline = load.recovered(warehouse.pipeline(name))
    if warehouse.working_file().exists():
        pipeline.sync_destination()
    return set(pipeline.state.get("sources", {}).get(name, {}).get(windows.DONE, {}))


def _asked(spec: registry.SourceSpec) -> str:
    """A digest of the settings that say what is read of the source."""
    told = {key: warehouse.setting(spec.name, key, {}) for key in spec.names}
    told |= {key: warehouse.setting(spec.name, key) for key in ("base_url", "further_fields")}
    return blake2b(json.dumps(told, sort_keys=True, default=str).encode(), digest_size=6).hexdigest()

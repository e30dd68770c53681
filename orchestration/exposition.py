"""What `nps serve` tells Prometheus: loads, runs, checks, the publication, the outbox.

It reads small files, and never the working file. Moments are told as moments: Prometheus knows how long ago
they are. A label is the name of a source, a job, a step, an asset, a check or a target, and never what
somebody wrote.

Belongs here: names and what they mean. Does not belong here: how it comes about (`health.py`), or events that
were posted, of which the receiver tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, get_args

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from orchestration import health
from orchestration.environment import Home
from outbox import standing
from publication import manifest, versions

Row = tuple[tuple[str, ...], float | None]

_LOADED: Final = {
    "received": "Versions of records that the source sent.",
    "landed": "Versions of records that were new, and are in raw.",
    "quarantined": "Records that were new, and could not be typed.",
}


class _OfHome(Collector):
    def __init__(self, home: Home) -> None:
        self._home = home

    def collect(self) -> Iterator[Metric]:
        yield from _loads(health.loads(self._home))
        yield from _runs(health.runs(self._home))
        yield from _publication(self._home)
        yield _outbox(self._home)


def text(home: Home) -> bytes:
    """All metrics of a state folder, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_OfHome(home))
    return generate_latest(registry)


def _loads(loads: list[health.Load]) -> Iterator[Metric]:
    for what, description in _LOADED.items():
        rows = [((each.source,), getattr(each, what)) for each in loads]
        yield _counter(f"nps_load_records_{what}", description, ["source"], rows)
    outcomes = [
        ((each.source, outcome), number)
        for each in loads
        for outcome, number in (("success", each.succeeded), ("failure", each.failed))
    ]
    yield _counter("nps_loads", "Loads that ended.", ["source", "outcome"], outcomes)
    for name, description, field in (
        ("load_last_success_timestamp_seconds", "When a load last succeeded.", "succeeded_at"),
        ("load_last_failure_timestamp_seconds", "When a load last failed.", "failed_at"),
        ("load_duration_seconds", "How long the last load took that succeeded.", "seconds"),
        ("source_newest_record_timestamp_seconds", "The moment of the most recent record.", "newest"),
    ):
        rows = [((each.source,), getattr(each, field)) for each in loads]
        yield _gauge(f"nps_{name}", description, ["source"], rows)


def _runs(runs: list[health.Run]) -> Iterator[Metric]:
    for name, description, field in (
        ("success", "Whether the last run succeeded.", "is_success"),
        ("duration_seconds", "How long the last run took.", "seconds"),
        ("end_timestamp_seconds", "When the last run ended.", "ended_at"),
        ("last_success_timestamp_seconds", "When a run last succeeded.", "succeeded_at"),
    ):
        rows: list[Row] = [((each.job,), getattr(each, field)) for each in runs]
        yield _gauge(f"nps_run_{name}", description, ["dagster_job"], rows)
    rows = [((each.job, step), seconds) for each in runs for step, seconds in each.steps.items()]
    yield _gauge(
        "nps_step_duration_seconds", "How long a step of the last run took.", ["dagster_job", "step"], rows
    )
    rows = [
        ((each.job, outcome), number)
        for each in runs
        for outcome, number in (
            ("passed", each.passed),
            ("warned", each.warned),
            ("failed", len(each.failed_checks)),
        )
    ]
    yield _gauge(
        "nps_checks", "Proofs of the last run, by what came of them.", ["dagster_job", "outcome"], rows
    )
    rows = [((each.job, asset, check), 1) for each in runs for asset, check in each.failed_checks]
    yield _gauge(
        "nps_check_failed", "A proof of the last run that failed.", ["dagster_job", "asset", "check"], rows
    )


def _publication(home: Home) -> Iterator[Metric]:
    current = versions.current(home.published)
    published = [manifest.read(current)] if current else []
    info = InfoMetricFamily("nps_publication", "What is published.")
    for each in published:
        info.add_metric(
            (),
            {
                "version": each.version,
                "definition_version": each.definition_version or "",
                "git_revision": each.git_revision or "",
            },
        )
    yield info
    yield _gauge(
        "nps_publication_timestamp_seconds",
        "When it was published.",
        [],
        [((), each.published_at.timestamp()) for each in published],
    )
    yield _gauge(
        "nps_publication_sequence",
        "Its number in the ledger.",
        [],
        [((), each.sequence) for each in published],
    )
    yield _gauge(
        "nps_publication_stale_sources",
        "Sources and surveys that it is without.",
        [],
        [((), sum(not gap.is_left_out for gap in each.gaps)) for each in published],
    )


def _outbox(home: Home) -> Metric:
    folders = sorted(path for path in home.outbox.glob("*") if path.is_dir())
    rows: list[Row] = []
    for folder in folders:
        found = standing.standing(folder)
        rows += [((folder.name, state), len(found.of(state))) for state in get_args(standing.State)]
    return _gauge("nps_outbox_tasks", "Tasks for a CRM, by what became of them.", ["target", "state"], rows)


def _counter(name: str, description: str, labels: list[str], rows: Iterable[Row]) -> Metric:
    family = CounterMetricFamily(name, description, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, value)
    return family


def _gauge(name: str, description: str, labels: list[str], rows: Iterable[Row]) -> Metric:
    family = GaugeMetricFamily(name, description, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, value)
    return family

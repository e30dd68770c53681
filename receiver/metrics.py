"""What the receiver tells of itself, in the text format of Prometheus. No event's content is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from receiver.journal import Journal
from receiver.segments import Standing

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass
class Refusals:
    """Posts that this process did not keep, by sender and status; unknown paths have no sender."""

    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, sender: str, status: int) -> None:
        self.counts[sender, status] = self.counts.get((sender, status), 0) + 1


@dataclass(frozen=True, eq=False)
class _OfReceiver(Collector):
    standings: Mapping[str, Standing]
    refusals: Refusals
    journal: Journal

    def collect(self) -> Iterator[Metric]:
        for kind, name, description in (
            (CounterMetricFamily, "received", "Events that are durable."),
            (GaugeMetricFamily, "loaded", "Received events that a load has taken."),
            (GaugeMetricFamily, "quarantined", "Received events that are in quarantine."),
            (GaugeMetricFamily, "waiting", "Received events that no load has taken yet."),
        ):
            events = kind(f"nps_events_{name}", description, labels=["sender"])
            for sender, standing in self.standings.items():
                events.add_metric([sender], getattr(standing, name))
            yield events
        refused = CounterMetricFamily(
            "nps_posts_refused", "Posts that were not kept, since the start.", labels=["sender", "status"]
        )
        for (sender, status), number in self.refusals.counts.items():
            refused.add_metric([sender, str(status)], number)
        yield refused
        made, seconds = self.journal.commits_made, self.journal.commit_seconds
        yield CounterMetricFamily("nps_commits", "Writes to disk, since the start.", value=made)
        yield CounterMetricFamily("nps_commit_seconds", "Time of these writes.", value=seconds)


def text(standings: Mapping[str, Standing], refusals: Refusals, journal: Journal) -> bytes:
    """All metrics. received = loaded + quarantined + waiting, of each sender."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_OfReceiver(standings, refusals, journal))
    return generate_latest(registry)

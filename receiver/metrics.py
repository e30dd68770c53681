"""What the receiver tells of itself, in the text format of Prometheus. No event's content is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from receiver.journal import Journal
from receiver.segments import Standing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Refusals:
    """Posts that this process did not keep, by sender and status; unknown paths have no sender."""

    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, sender: str, status: int) -> None:
        self.counts[sender, status] = self.counts.get((sender, status), 0) + 1


def text(standings: Mapping[str, Standing], refusals: Refusals, journal: Journal) -> str:
    """All metrics. received = loaded + quarantined + waiting, of each sender."""
    told: list[tuple[str, str, str, Iterable[tuple[str, float]]]] = [
        (
            f"nps_events_{name}_total" if kind == "counter" else f"nps_events_{name}",
            kind,
            description,
            [(f'sender="{sender}"', getattr(standing, name)) for sender, standing in standings.items()],
        )
        for name, kind, description in (
            ("received", "counter", "Events that are durable."),
            ("loaded", "gauge", "Received events that a load has taken."),
            ("quarantined", "gauge", "Received events that are in quarantine."),
            ("waiting", "gauge", "Received events that no load has taken yet."),
        )
    ]
    refused = [(f'sender="{sender}",status="{status}"', n) for (sender, status), n in refusals.counts.items()]
    told += [
        ("nps_posts_refused_total", "counter", "Posts that were not kept, since the start.", refused),
        ("nps_commits_total", "counter", "Writes to disk, since the start.", [("", journal.commits_made)]),
        ("nps_commit_seconds_total", "counter", "Time of these writes.", [("", journal.commit_seconds)]),
    ]
    return "".join(_family(*each) for each in told)


def _family(name: str, kind: str, description: str, samples: Iterable[tuple[str, float]]) -> str:
    lines = [f"# HELP {name} {description}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"

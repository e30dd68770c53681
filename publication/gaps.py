"""A source that was not loaded to its end before a publication, which went on with what there was of it.

Belongs here: what a publication says about it. Does not belong here: when a publication may go on
(`orchestration`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """A source, since when it is stale (UTC, ISO 8601; None: it was never loaded), and why."""

    source: str
    since: str | None
    error: str

    @property
    def sentence(self) -> str:
        """One line: the source, since when, why. The error names the source, too."""
        why = self.error.removeprefix(f"{self.source}: ")
        return f"{self.source} {self.stands}: {why}"

    @property
    def stands(self) -> str:
        """Since when it is stale, in words."""
        if self.since is None:
            return "was never loaded"
        return f"is stale since {self.since[:16].replace('T', ' ')} UTC"

"""What a publication is without: a source that was not loaded to its end, a survey that is left out.

Belongs here: what a publication says about it. Does not belong here: when a publication may go on
(`orchestration`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """A source or one survey of it, since when it is stale (UTC, ISO 8601; None: it was never loaded), and
    why. A survey may be left out because the company has decided so."""

    source: str
    since: str | None
    error: str
    is_left_out: bool = False

    @property
    def sentence(self) -> str:
        """One line: the source, since when, why. The error names the source, too."""
        why = self.error.removeprefix(f"{self.source}: ")
        return f"{self.source} {self.stands}: {why}"

    @property
    def stands(self) -> str:
        """Since when it is stale, in words."""
        if self.is_left_out:
            return "is left out"
        if self.since is None:
            return "was never loaded"
        return f"is stale since {self.since[:16].replace('T', ' ')} UTC"

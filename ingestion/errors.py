"""Errors that concern a whole source; bad records go to quarantine instead.

Each message names the source, the place and the remedy, in one line, and shows no secret.
"""

from ingestion import masking


class ConfigurationError(Exception):
    """A setting is missing or cannot be used; the message names the key and the remedy."""


class SourceError(Exception):
    """A source could not be read to its end. Nothing of it is loaded; the next run starts where this did."""

    def __init__(self, source: str, place: str, problem: str, remedy: str, status: int | None = None) -> None:
        super().__init__(masking.shown(f"{source}: {place} {problem}; {remedy}"))
        self.source = source
        self.place = place
        self.status = status  # of the HTTP answer that refused


class RefusedError(SourceError):
    """A source that will fail again until somebody changes something."""


class CursorLoopError(SourceError):
    """A vendor returned a page that was already read; following it would never end."""


class LimitError(RefusedError):
    """A vendor that would take more time or space than it may, or that wants to be asked later."""


class LoadError(Exception):
    """A source could not be loaded; the message names it and the cause. Readers see nothing of it."""


class FinalLoadError(LoadError):
    """The same, if a retry would fail again."""


class LoadMismatchError(Exception):
    """The warehouse does not hold what was received; nothing may be built on this load."""

"""What can be wrong with a source as a whole; what is wrong with a record goes to quarantine instead.

Each message names the source, the place and the remedy, in one line.
"""


class ConfigurationError(Exception):
    """A setting is missing or cannot be used; the message names the key and the remedy."""


class SourceError(Exception):
    """A source could not be read to its end. Nothing of it is loaded; the next run starts where this did."""

    def __init__(self, source: str, place: str, problem: str, remedy: str, status: int | None = None) -> None:
        super().__init__(f"{source}: {place} {problem}; {remedy}")
        self.source = source
        self.place = place
        self.status = status  # of the HTTP answer that refused


class RefusedError(SourceError):
    """A source will give the same answer however often it is asked: somebody has to change something."""


class CursorLoopError(SourceError):
    """A vendor handed out a page that was read already; following it would never end."""


class LoadError(Exception):
    """A source could not be loaded; the message names it and the cause. Readers see nothing of it."""


class FinalLoadError(LoadError):
    """The same, where trying again would end alike."""


class LoadMismatchError(Exception):
    """What was received is not what the warehouse now holds; the load must not be built upon."""

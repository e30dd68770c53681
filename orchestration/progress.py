"""What a run is currently doing, for whoever watches it.

Steps report here, and the command line listens. Under Dagster's daemon nobody listens, and reporting costs
nothing. Does not belong here: results, which are metadata of assets and checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, str], None]

_listeners: list[Listener] = []


def report(stage: str, detail: str) -> None:
    """Report that `stage` (`load`, `build`, `guard`, `publish`) is now at `detail` (one line)."""
    for listener in _listeners:
        listener(stage, detail)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every report to `listener` within the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)

"""What a run is doing at this moment, for whoever watches it.

Steps report here; the command line listens. Under Dagster's daemon nobody listens and reporting is
free. Results do not belong here: they are metadata of assets and checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, str], None]

_listeners: list[Listener] = []


def report(stage: str, detail: str) -> None:
    """Say that `stage` (`load`, `build`, `guard`, `publish`) is now at `detail` (one line)."""
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

"""What the journal holds: how much was received, and how much of it a load has taken.

received = loaded + quarantined + waiting, for each sender. `settled.json` in a sender's folder says up to
where each segment was taken by a load that succeeded; one that was taken to its end need not stay. Belongs
here: reading, counting, letting go. Does not belong here: what a load does with the lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from receiver.journal import sync_folder, write_all

_SETTLED = "settled.json"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Extent:
    """Whole lines from the beginning of a segment: bytes and lines."""

    size: int = 0
    lines: int = 0


@dataclass(frozen=True)
class Standing:
    """The counts of a sender's events; the first is the sum of the others."""

    received: int
    loaded: int
    quarantined: int
    waiting: int


class Segments:
    """The segments of one sender. Lines that were counted once are not read again by the same object."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._counted: dict[str, Extent] = {}

    def extents(self) -> dict[str, Extent]:
        """Each segment's whole lines, as they are now."""
        settled, _ = self._settled()
        found = dict(settled)  # a segment that was taken may have been removed since
        for path in sorted(self.folder.glob("*.jsonl")):
            before = max(
                self._counted.get(path.name, Extent()), settled.get(path.name, Extent()), key=lambda e: e.size
            )
            found[path.name] = self._counted[path.name] = _counted_on(path, before)
        return found

    def unsettled(self) -> dict[str, Extent]:
        """Those of the extents that hold something that no load has taken."""
        settled, _ = self._settled()
        return {n: e for n, e in self.extents().items() if e.size > settled.get(n, Extent()).size}

    def standing(self) -> Standing:
        """The counts, as they are now."""
        settled, quarantined = self._settled()
        received = sum(extent.lines for extent in self.extents().values())
        taken = sum(extent.lines for extent in settled.values())
        return Standing(received, taken - quarantined, quarantined, max(received - taken, 0))

    def settle(self, taken: Mapping[str, Extent], quarantined: int = 0) -> None:
        """A load has taken these extents, and quarantined so many lines of all that was ever taken."""
        settled, _ = self._settled()
        further = {n: e for n, e in taken.items() if e.size >= settled.get(n, Extent()).size}
        extents = {name: [e.size, e.lines] for name, e in sorted((settled | further).items())}
        content = {"quarantined": quarantined, "segments": extents}
        write_durably(self.folder / _SETTLED, json.dumps(content, indent=1).encode())

    def let_go(self, now: datetime) -> list[str]:
        """Remove the segments that loads have taken to the end, once nobody writes to them; their names.

        A process writes to a segment of its day (UTC), so one of an earlier day is finished; the hour is for
        what was begun at midnight. How much it was stays in `settled.json`.
        """
        today, waiting = f"{now - timedelta(hours=1):%Y-%m-%d}", self.unsettled()
        gone = []
        for path in sorted(self.folder.glob("*.jsonl")):
            if path.name < today and path.name not in waiting:
                path.unlink()
                gone.append(path.name)
        if gone:
            sync_folder(self.folder)
        return gone

    def _settled(self) -> tuple[dict[str, Extent], int]:
        try:
            content = json.loads((self.folder / _SETTLED).read_bytes())
        except FileNotFoundError:
            return {}, 0
        return {name: Extent(*each) for name, each in content["segments"].items()}, content["quarantined"]


def standings(folder: Path) -> dict[str, Standing]:
    """The counts of each sender that has a folder in the journal."""
    return {path.name: Segments(path).standing() for path in sorted(folder.glob("*")) if path.is_dir()}


def write_durably(path: Path, content: bytes) -> None:
    """Replaces a file in one step; after a crash it is the old or the new one."""
    draft = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(path)
    sync_folder(path.parent)


def _counted_on(path: Path, before: Extent) -> Extent:
    """The extent that began with `before`, with the lines that came since."""
    size, lines, at = before.size, before.lines, before.size
    with path.open("rb") as file:
        file.seek(at)
        while chunk := file.read(_CHUNK):
            if found := chunk.count(b"\n"):
                lines += found
                size = at + chunk.rfind(b"\n") + 1
            at += len(chunk)
    return Extent(size, lines)

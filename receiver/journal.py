"""The journal: each event a line, on disk before its sender hears of it; one fsync for all that wait.

`<folder>/<sender>/<time it was begun>.jsonl`. A segment is only ever appended to, by the process that began
it, and not after a failed write. So a line that was acknowledged is never changed, and what a crash has cut
off stays behind the last line end of its segment, where no reader looks.

Belongs here: writing. Does not belong here: reading (`segments.py`), or what an event is.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: A full segment makes room for the next: each load of answers reads a segment that has grown once more.
SEGMENT_BYTES = 16 << 20
#: Events that wait for the disk may take so much memory; further ones are sent away.
WAITING_BYTES = 64 << 20
_OWNER_ONLY = 0o600


class NotKeptError(Exception):
    """The event is not durable; its sender should send it again."""


@dataclass
class _Segment:
    day: str
    descriptor: int
    size: int = 0


class Journal:
    """Use `keep` while `commits` runs in the same event loop; `close` when both have ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commits_made = 0
        self.commit_seconds = 0.0
        self.failure: str | None = None  # of the last commit
        self._open: dict[str, _Segment] = {}
        self._waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._wanted = asyncio.Event()
        make_folder(folder)

    async def keep(self, sender: str, line: bytes) -> None:
        """Returns when the line is durable. Raises `NotKeptError`."""
        if self._waiting_bytes > WAITING_BYTES:
            raise NotKeptError("too many events wait for the disk")
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((sender, line, kept))
        self._waiting_bytes += len(line)
        self._wanted.set()
        await kept

    async def commits(self) -> None:
        """Writes what waits, again and again; what comes meanwhile is the next commit."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            lines: dict[str, list[bytes]] = defaultdict(list)
            for sender, line, _ in batch:
                lines[sender].append(line)
            started = time.perf_counter()
            try:
                failed = await asyncio.to_thread(self._write, lines)
            except Exception as error:  # whatever it is: nobody may wait for ever, or be told that it is kept
                failed = dict.fromkeys(lines, error)
            self.commit_seconds += time.perf_counter() - started
            self.commits_made += 1
            self.failure = next((str(error) for error in failed.values()), None)
            for sender, _, kept in batch:
                if kept.done():  # its sender has hung up
                    continue
                if sender in failed:
                    kept.set_exception(NotKeptError(f"the event cannot be written: {failed[sender]}"))
                else:
                    kept.set_result(None)

    async def drained(self) -> None:
        """Returns when nothing waits."""
        await asyncio.gather(*(kept for _, _, kept in self._waiting), return_exceptions=True)

    def close(self) -> None:
        """Closes the segments; the next event begins new ones."""
        for segment in self._open.values():
            os.close(segment.descriptor)
        self._open.clear()

    def _write(self, lines: dict[str, list[bytes]]) -> dict[str, Exception]:
        """One write and one fsync for each sender; the senders whose segment failed."""
        failed: dict[str, Exception] = {}
        for sender, some in lines.items():
            try:
                segment = self._segment(sender)
                segment.size += write_all(segment.descriptor, b"".join(line + b"\n" for line in some))
                os.fsync(segment.descriptor)
            except OSError as error:
                failed[sender] = error
                if sender in self._open:
                    os.close(self._open.pop(sender).descriptor)
        return failed

    def _segment(self, sender: str) -> _Segment:
        now = datetime.now(UTC)
        day = f"{now:%Y-%m-%d}"
        current = self._open.get(sender)
        if current and current.day == day and current.size < SEGMENT_BYTES:
            return current
        if current:
            os.close(self._open.pop(sender).descriptor)
        folder = self.folder / sender
        make_folder(folder)
        path = folder / f"{now:%Y-%m-%dT%H%M%S.%f}Z.jsonl"  # a name that was never another segment's
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, _OWNER_ONLY)
        self._open[sender] = _Segment(day, descriptor)
        sync_folder(folder)
        return self._open[sender]


def make_folder(folder: Path) -> None:
    """The folder, for its owner only, and durable."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable: an fsync of a file does not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> int:
    """Writes everything; a full disk takes a part before it refuses."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return len(data)

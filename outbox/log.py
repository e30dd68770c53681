"""The log of one target: files of lines that are only added to, each durable before anything follows from it.

What a killed process leaves half is behind the last line end of its file, where nobody reads, and the next
line begins a new file. Nothing is repaired or rewritten. All writers take turns, so lines have one order.

Belongs here: writing and reading lines. Does not belong here: what they mean (`standing.py`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

_SEGMENT_BYTES: Final = 16 << 20
_WRITING, _SENDING = "log.lock", "sending.lock"


class BusyError(Exception):
    """Another process is sending to this target."""


def append(folder: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Returns when the lines are on disk. Raises OSError where the disk does not take them."""
    data = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    if not data:
        return
    with _locked(folder, _WRITING, wait=True):
        path = _open_segment(folder)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync(folder)


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Every whole line, oldest first."""
    for path in _segments(folder):
        whole, _, _half = path.read_bytes().rpartition(b"\n")
        yield from map(orjson.loads, whole.splitlines())


def size(folder: Path) -> int:
    """Bytes of the log: more once there is a line more."""
    return sum(path.stat().st_size for path in _segments(folder))


@contextmanager
def sending(folder: Path) -> Iterator[None]:
    """Only one process sends to a target at a time. Raises BusyError for a second one."""
    with _locked(folder, _SENDING, wait=False):
        yield


@contextmanager
def _locked(folder: Path, name: str, *, wait: bool) -> Iterator[None]:
    """The lock of a process that was killed is free again."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BusyError(f"another process is sending from {folder}") from None
        yield
    finally:
        os.close(descriptor)


def _open_segment(folder: Path) -> Path:
    """The file that the next line belongs in: the last one, unless it is full or ends in half a line."""
    there = _segments(folder)
    if there and there[-1].stat().st_size < _SEGMENT_BYTES and _ends_whole(there[-1]):
        return there[-1]
    return folder / f"{len(there) + 1:08}.jsonl"


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

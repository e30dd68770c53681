"""Where published versions are stored, and how one becomes current: all or nothing.

    published/versions/<version>/   complete versions, read-only
    published/versions/.incoming-*  a version being written; never read, removed by the next run
    published/current               a link to one complete version

Belongs here: folders, links, durability, pruning. Does not belong here: what is in a version.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_INCOMING = ".incoming-"
#: The link to the current version, in the folder of the publications.
LINK = "current"
_OTHERS = 0o077


@contextmanager
def one_publisher(published: Path) -> Iterator[None]:
    """Lock the folder for one publisher: a second would remove the first one's unfinished version."""
    published.mkdir(parents=True, exist_ok=True)
    with (published / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def current(published: Path) -> Path | None:
    """The folder of the current version, resolved, or None before the first publication."""
    link = published / LINK
    return link.resolve() if link.is_symlink() and link.exists() else None


def begin(published: Path, version: str) -> Path:
    """An empty folder for `version`. Removes what crashed runs left behind first."""
    versions = published / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for leftover in versions.glob(f"{_INCOMING}*"):
        discard(leftover)
    (published / f"{_INCOMING}{LINK}").unlink(missing_ok=True)
    folder = versions / f"{_INCOMING}{version}"
    folder.mkdir()
    return folder


def discard(folder: Path) -> None:
    """Remove a version, read-only files included."""
    shutil.rmtree(folder, ignore_errors=True)


def seal(folder: Path) -> None:
    """Make every file of a finished version read-only, and flush files and folders to disk.

    It is as open to others as the folder of all publications is.
    """
    withheld = _OTHERS & ~folder.parent.parent.stat().st_mode
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod((0o755 if path.is_dir() else 0o444) & ~withheld)
        to_disk(path)
    for way in (folder, folder.parent):
        way.chmod(0o755 & ~withheld)
    to_disk(folder)


def settle(published: Path, folder: Path, version: str) -> Path:
    """Give a sealed version its name; it is not yet current."""
    final = published / "versions" / version
    folder.rename(final)
    to_disk(final.parent)
    return final


def make_current(published: Path, version: str) -> None:
    """Point the link at a settled version: one rename, so a reader sees the old version or the new one."""
    fresh = published / f"{_INCOMING}{LINK}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("versions") / version)
    fresh.replace(published / LINK)
    to_disk(published)


def settled(published: Path) -> list[Path]:
    """The folders of all named versions, oldest first."""
    folder = published / "versions"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith("."))


def prune(published: Path, keep: int) -> None:
    """Remove all but the newest `keep` versions; never the current one."""
    in_use = current(published)
    for old in settled(published)[:-keep]:
        if old.resolve() != in_use:
            discard(old)


def to_disk(path: Path) -> None:
    """Flush a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

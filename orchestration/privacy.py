"""Who may open what is in the state folder: its owner alone, and the published copy whom the setting names.

Belongs here: permissions. Does not belong here: what is published for readers (`publication`), or which rows
they may see (`serving`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

PRIVATE = 0o077
"""What others may not do: anything."""

READERS = {"owner": PRIVATE, "group": 0o027, "everyone": 0o022}
"""`NPS_READERS` → the permissions that the published copy withholds."""

PUBLISHED = "published"
OURS = (
    *(
        "answers",
        "cases",
        "dagster",
        "data_docs",
        "dbt_project",
        "dbt_target",
        "demo",
        "fast",
        "dlt",
        "erased",
        "heads",
        "health",
        "inbox",
        "ledger",
        "logs",
        "origins",
        "outbox",
        PUBLISHED,
    ),
    *(
        "received",
        "reports",
        "restated",
        "scratch",
        "warehouse.duckdb",
        "vault",
        "warehouse.duckdb.wal",
        "refresh.lock",
    ),
    *("read_again.json", "last_refresh.json", "digests.json", "gaps.json"),
)
"""What lies in a state folder. Anything else there is somebody else's, and is left alone."""

_SHARED = stat.S_ISVTX
"""A folder in which everybody has files, such as /tmp."""


def close(home: Path, withheld: int) -> None:
    """Let new files of this process be private, and close what an earlier release has left open.

    `withheld` is for the published copy; whoever may read it may also pass through the state folder to it.
    New versions are as open as their folder (`publication/versions.py`).
    """
    os.umask(PRIVATE)
    passing, published = 0o011 & ~withheld, home / PUBLISHED
    published.mkdir(exist_ok=True)
    if (_mode(home), _mode(published)) == (0o700 | passing, 0o755 & ~withheld):
        return
    for name in OURS:
        for path in _own(home / name):
            mode = _mode(path)
            is_published = name == PUBLISHED and path.name != ".lock"
            open_for_all = (0o755 if path.is_dir() else 0o444) & ~withheld
            _set(path, open_for_all if is_published else mode & ~PRIVATE)
    if home.stat().st_uid == os.geteuid() and not home.stat().st_mode & _SHARED:
        home.chmod(0o700 | passing)


def _own(top: Path) -> Iterator[Path]:
    """A file or folder and all that is in it. A link is not followed: it leads to what is not ours."""
    if top.is_symlink() or not top.exists():
        return
    yield top
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _set(path: Path, mode: int) -> None:
    if _mode(path) != mode:
        path.chmod(mode)

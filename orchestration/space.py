"""What to say when a disk is full: which folder it is, what is free there and what a refresh needs.

Belongs here: recognising a full disk by what the engines say of it, and the sizes. Does not belong here: what
a failure means for readers (`publication`, `ingestion`), which is that nothing has changed.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from orchestration.environment import Home

#: Python, Arrow and DuckDB; a quota; a limit of the process; SQLite; DuckDB and Arrow without the reason.
FULL = re.compile(
    "no space left|errno 28|quota exceeded|errno 122|file too large|errno 27|disk is full|disk full"
    "|could not write (to )?file|error writing bytes|failed to (write|flush)|out of disk",
    re.IGNORECASE,
)
#: dbt writes a table beside the old one before it takes its place.
_BUILDS = 2
#: Dagster's events, dbt's and the guard's reports.
_BESIDE = 200_000_000
_MEGABYTE = 1_000_000


def explained(message: str, home: Home) -> str:
    """The message; where it tells of a full disk, with what to do about it."""
    if not FULL.search(message) or not home.path.is_dir():
        return message
    free = shutil.disk_usage(home.path).free
    return (
        f"{message}; the disk of {home.path} may be full: {_megabytes(free)} are free there, and a refresh"
        f" needs about {_megabytes(needed(home))}; make room, then run it again: it loses nothing"
    )


def needed(home: Home) -> int:
    """Bytes that a refresh may take beyond what is there, about: what is built, and what is published."""
    return _BUILDS * _size(home.warehouse) + _size(home.published / "current") + _BESIDE


def _size(path: Path) -> int:
    files = path.resolve().rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files if each.is_file())


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:,.0f} MB"

"""The pages that people read, as a publication knows them: a folder of its version, and its digest.

Belongs here: what their maker is told, and how they are sealed. Does not belong here: making them (`review`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeAlias

from publication.acceptance import Acceptance
from publication.gaps import Gap

FOLDER = "pages"
INDEX = "index.html"


class Stand(NamedTuple):
    """Where a publication stands: its number in the ledger, the ledger's last hash, the exclusive end of its
    data, the exceeded limits that a person accepted, and the sources that are stale."""

    sequence: int
    head: str
    as_of: date
    accepted: Sequence[Acceptance] = ()
    gaps: Sequence[Gap] = ()


#: Makes pages of the tables in a database file, in a folder that does not exist yet.
Maker: TypeAlias = Callable[[Path, Stand, Path], None]


def digest(folder: Path) -> str:
    """SHA-256 over every file of a folder, hex: paths, sizes and bytes."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()

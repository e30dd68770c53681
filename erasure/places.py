"""What is to be forgotten, in all files of a state folder but the working file.

What the next refresh makes again is dropped where it has any of the texts. Of text files that others add to
(the inbox, what was received, notes on cases, records of published versions) the texts are overwritten with
spaces, so that no file changes its length and no line its place. What can be neither is named: a workbook or
a Parquet file that somebody delivered, or a file whose bytes are proved elsewhere.

Belongs here: files. Does not belong here: the working file (`raw.py`), or what is looked for (`finding.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from erasure.door import FOLDER
from erasure.search import Searched

WAREHOUSE: Final = "warehouse.duckdb"
INBOX: Final = "inbox"
#: Made again by the next refresh or the next command.
DROPPED: Final = frozenset(("data_docs", "dbt_target", "fast", "logs", "reports", "restated", "scratch"))
#: Of these everything is dropped together: parts of it name each other.
TOGETHER: Final = frozenset(("dagster",))
_SETTINGS: Final = "dagster.yaml"
_OVERWRITTEN: Final = frozenset((INBOX, "received", "cases", "outbox"))
_RECORDS: Final = "records"
_PACKED: Final = (".gz", ".zst", ".xlsx", ".parquet", ".zip")
#: Not searched: the simulated vendors of a demo, who have their own data, and the vault, which is sealed.
NOT_OURS: Final = frozenset(("demo", "vault"))
_REWRITTEN: Final = "files.json"


@dataclass
class Cleaned:
    """Files below the state folder: dropped, overwritten, searched in all, and those that still have some of
    the texts, with how many."""

    dropped: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    searched: int = 0


def files(home: Path) -> Iterator[Path]:
    """Every file that is searched; no link is followed."""
    for folder, folders, names in os.walk(home):
        if Path(folder) == home:
            folders[:] = [name for name in folders if name not in NOT_OURS]
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def holding(home: Path, searched: Searched) -> dict[Path, set[str]]:
    """The files that have any of the texts, the working file among them."""
    return {path: found for path in files(home) if (found := _found(path, searched))}


def clean(home: Path, searched: Searched, keep_inbox: bool = False) -> Cleaned:
    """Drop or overwrite what has any of the texts, and look again. `keep_inbox` leaves the inbox as it is."""
    made = Cleaned()
    _drop_packages(home, made)
    together = set()
    for path in [*files(home)]:
        name = path.relative_to(home)
        top = name.parts[0]
        if top.startswith(WAREHOUSE):
            continue
        made.searched += 1
        if not (found := _found(path, searched)):
            continue
        if top in TOGETHER:
            together.add(top)
        elif top in DROPPED or (top == "dlt" and {"load", "normalize"} & {*name.parts}):
            path.unlink()
            made.dropped.append(str(name))
        elif _is_overwritten(name) and not (top == INBOX and keep_inbox):
            _overwrite(home, path, searched)
            made.overwritten.append(str(name))
            if found := _found(path, searched):
                made.left[str(name)] = len(found)
        else:
            made.left[str(name)] = len(found)
    for top in sorted(together):
        for each in (home / top).iterdir():
            if each.name != _SETTINGS:
                shutil.rmtree(each) if each.is_dir() else each.unlink()
        made.dropped.append(top)
    return made


def known_as(home: Path) -> dict[str, str]:
    """The hash of each file that was overwritten here → the hash that it had when it was loaded."""
    path = home / FOLDER / _REWRITTEN
    return dict(json.loads(path.read_text("ascii"))) if path.is_file() else {}


def bytes_hash(data: bytes) -> str:
    """As the inbox names the bytes of a file (`ingestion.files.inbox`)."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def durably(path: Path, data: bytes) -> None:
    """Write a file of ours in one step, on disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _found(path: Path, searched: Searched) -> set[str]:
    try:
        return searched.of_file(path) | searched.hits(path.name.encode("utf-8", "surrogateescape"))
    except FileNotFoundError:  # a log of a database, which goes when the database is looked into
        return set()


def _is_overwritten(name: Path) -> bool:
    is_record = name.parts[0] == "published" and _RECORDS in name.parts
    return (name.parts[0] in _OVERWRITTEN or is_record) and not name.name.lower().endswith(_PACKED)


def _overwrite(home: Path, path: Path, searched: Searched) -> None:
    """Spaces in place of the texts. Others may add to the file meanwhile: what is there keeps its place."""
    data = path.read_bytes()
    after = bytearray(data)
    for start, end in searched.places(data):
        text = data[start:end]
        if text.isdigit():
            after[start:end] = b"0" * (end - start)
        else:
            after[start:end] = bytes(0 if byte == 0 else 32 for byte in text)
    if path.relative_to(home).parts[0] == INBOX:
        known = known_as(home)
        was = bytes_hash(data)
        known[bytes_hash(bytes(after))] = known.get(was, was)
        durably(home / FOLDER / _REWRITTEN, json.dumps(known, indent=1, sort_keys=True).encode())
    mode = path.stat().st_mode & 0o777
    path.chmod(mode | 0o200)
    with path.open("r+b") as file:
        for start, end in searched.places(data):
            file.seek(start)
            file.write(after[start:end])
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def _drop_packages(home: Path, made: Cleaned) -> None:
    """What dlt keeps of loads that have ended, and what killed loads left"""
    for folder in [*(home / "dlt").glob("*/load/loaded/*"), *(home / "scratch").glob("*")]:
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
        made.dropped.append(str(folder.relative_to(home)))

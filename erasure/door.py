"""Erased records that come again: a vendor still has them, or a file is delivered once more.

    erased/records/<source>.<table>   a keyed hash of each erased record's id, a line each, only added to

A load asks here before it compares what came with what raw has. What was erased is redacted as it was in
raw, so it is a version that is known; what the vendor changed since is another, without its person too.

Belongs here: which records, and that they are redacted. Does not belong here: what is left of one
(`redaction.py`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from erasure import keyed, redaction
from erasure.keyed import Keyed

FOLDER: Final = "erased"
_RECORDS: Final = "records"
#: What stands for the text of a row in quarantine.
GONE: Final = "(erased)"


class Door:
    """The erased records of one raw table of a source. Without any it does nothing, and needs no key."""

    def __init__(self, home: Path, source: str, table: str) -> None:
        self._of = source, table
        path = _file(home, source, table)
        self._erased = frozenset(path.read_text("ascii").split()) if path.is_file() else frozenset()
        self._keyed = keyed.read(home) if self._erased else None
        #: The records that came again, and the texts of those that did not fit: nothing of them stays sealed.
        self.records: set[str] = set()
        self.texts: set[str] = set()

    def passed(self, rows: pa.Table) -> pa.Table:
        """The rows, those of erased records without their person. They may lack columns of the table."""
        if self._keyed is None or not rows.num_rows:
            return rows
        hashes = self._keyed.of_each(self._of, map(str, rows["record_id"].to_pylist()))
        is_erased = np.fromiter((each in self._erased for each in hashes), bool, len(hashes))
        if not is_erased.any():
            return rows
        self.records |= {*map(str, rows["record_id"].filter(pa.array(is_erased)).to_pylist())}
        less = redaction.redacted_rows(self._of[1], rows.filter(pa.array(is_erased)), self._keyed)
        places = np.argsort(np.concatenate([np.flatnonzero(~is_erased), np.flatnonzero(is_erased)]))
        both: Any = pa.concat_tables([rows.filter(pa.array(~is_erased)), less])
        in_their_order: pa.Table = both.take(pa.array(places))
        return in_their_order

    def rejected(self, rejects: pa.Table) -> pa.Table:
        """Quarantine rows, those of erased texts and records without the text."""
        if self._keyed is None or not rejects.num_rows:
            return rejects
        rows = rejects.to_pylist()
        return pa.Table.from_pylist(
            [without_text(row) if self._is_erased(row) else row for row in rows], rejects.schema
        )

    def unfit(self, rows: pa.Table) -> pa.Table:
        """Rows of a file that do not fit, before they are compared with those of its earlier readings."""
        if self._keyed is None or not rows.num_rows:
            return rows
        told = {"table_name": self._of[1]}
        made = [
            {**row, **without_text(row | told)} if self._is_erased(row) else row for row in rows.to_pylist()
        ]
        return pa.Table.from_pylist(made, rows.schema)

    def _is_erased(self, row: dict[str, Any]) -> bool:
        assert self._keyed is not None
        digest = row.get("original_hash") or text_hash(row["original_text"])
        known = [digest, *filter(None, [row["record_id"]])]
        if not any(self._keyed.of(*self._of, each) in self._erased for each in known):
            return False
        self.records |= {*filter(None, [row["record_id"]])}
        self.texts.add(str(row["original_text"]))
        return True


def text_hash(text: str) -> str:
    """By what a text in quarantine is remembered, beside its hash there."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def without_text(row: dict[str, Any]) -> dict[str, Any]:
    """A row of quarantine without what it says; the hash of its text stays, by which it is known."""
    return {**row, "original_text": GONE, "detail": f"{row['table_name']}: {GONE}"}


def add(home: Path, hashes: Keyed, records: Iterable[tuple[str, str, str]]) -> None:
    """Remember records by source, table and id (or the hash of a text in quarantine), on disk."""
    by_table: dict[tuple[str, str], set[str]] = {}
    for source, table, record in records:
        by_table.setdefault((source, table), set()).add(hashes.of(source, table, record))
    for (source, table), found in by_table.items():
        path = _file(home, source, table)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = set(path.read_text("ascii").split()) if path.is_file() else set()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w") as file:
            # A line that a crash cut off stays alone in its line.
            file.write("\n" + "".join(f"{each}\n" for each in sorted(found - known)))
            file.flush()
            os.fsync(file.fileno())


def has_any(home: Path) -> bool:
    """Whether anything was ever erased here."""
    return any((home / FOLDER / _RECORDS).glob("*"))


def _file(home: Path, source: str, table: str) -> Path:
    return home / FOLDER / _RECORDS / f"{source}.{table}"

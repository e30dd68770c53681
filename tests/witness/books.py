"""A state folder with a small ledger, its heads, and a company that signs: written in milliseconds.

The rewriter is here too: it has the machine and the company's key, and writes another history whose chain
holds.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from publication import ledger
from publication.figure import COUNTS, KEY
from publication.hashing import GENESIS
from witness import keys, record
from witness.keys import PrivateKey
from witness.record import Record

FIRST = date(2026, 1, 2)
HISTORY = (40, 41, 42)


def figures(promoters: int) -> pa.Table:
    """Two figures of one publication."""
    texts = {name: ["a", "b"] for name in KEY}
    counts = {name: pa.array([promoters, 7], pa.int64()) for name in COUNTS}
    return pa.table({**texts, **counts, ledger.FINGERPRINT: pa.array([promoters, 7], pa.decimal128(38, 0))})


def written(home: Path, history: Sequence[int] = HISTORY, signer: PrivateKey | None = None) -> Path:
    """Write a ledger of one publication a day, from 2026-01-02 on, and keep its heads."""
    head = GENESIS
    for sequence, promoters in enumerate(history, start=1):
        day = FIRST + timedelta(days=sequence - 1)
        rows = ledger.chained(figures(promoters), sequence, day, head)
        [draft] = ledger.draft(home / "ledger", {ledger.file_name(sequence): rows}).values()
        ledger.append(draft)
        head = ledger.head_of(rows, sequence, head)
        own = Record(
            *(
                sequence,
                day.isoformat(),
                f"v{sequence}",
                datetime(*day.timetuple()[:3], 6, tzinfo=UTC).isoformat(),
            ),
            *(head, hashlib.sha256(b"manifest").hexdigest(), None if signer is None else signer.key),
        )
        version = home / "version"
        version.mkdir()
        for name, text in record.written(own, signer).items():
            (version / name).write_bytes(text)
        record.keep(home / "heads", version)
        shutil.rmtree(version)
    return home


def rewritten(home: Path, signer: PrivateKey | None) -> Path:
    """Write everything anew, with one figure of publication 2 changed, and everything after it in line."""
    for name in ("ledger", "heads"):
        shutil.rmtree(home / name)
    return written(home, (HISTORY[0], 90, *HISTORY[2:]), signer)


def company(folder: Path, listed: str, config: str = "") -> Path:
    """A company folder that lists keys."""
    (folder / "definition").mkdir(parents=True)
    (folder / "definition" / "signing_keys.toml").write_text(listed)
    (folder / "config.toml").write_text(f'[company]\nname = "Acme"\nrelease = 1\n{config}')
    return folder


def entry(key: PrivateKey, **days: date) -> str:
    """A key as a section of the list."""
    public = keys.PublicKey(key.key, key.private.public_key())
    more = "".join(f"{name} = {day}\n" for name, day in days.items())
    return keys.entry(public, FIRST) + more

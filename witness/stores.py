"""A second file store: a folder elsewhere, to which records of heads are added; nothing in it is changed.

Whether it is really elsewhere, and keeps what it has, is its owner's business: a mounted share with object
lock, another person's machine. Belongs here: adding to it. Does not belong here: what stands in it
(`record`), or which store a company has.
"""

from __future__ import annotations

from pathlib import Path

from witness import record
from witness.record import RecordError


class StoreError(Exception):
    """The store cannot be reached or written; it may be later."""


class StoreDiffersError(Exception):
    """The store saw another head than the one here: one was rewritten. The message names the first."""


def add(store: Path, heads: Path) -> int:
    """Add every file of `heads` that the store lacks; how many those are.

    The store's folder has to be there: where a share is not mounted, none is made. Raises StoreError, or
    StoreDiffersError before anything is added.
    """
    if not store.is_dir():
        raise StoreError(f"there is no folder {store}: mount it, or make it")
    kinds = (record.SIGNATURE_SUFFIX, record.STAMP_SUFFIX, record.RECORD_SUFFIX)
    files = [
        path
        for kind in kinds  # a record comes last: where it is, the rest is too
        for path in sorted(heads.glob(f"[!.]*{kind}"))
    ]
    try:
        for path in sorted(path for path in files if path.suffix == record.RECORD_SUFFIX):
            there = store / path.name
            if there.exists() and there.read_bytes() != path.read_bytes():
                raise StoreDiffersError(
                    f"{there} is not {path}: publication {int(path.stem)} is the first that differs. One of"
                    " the two was rewritten; `nps audit verify --witness` compares them all"
                )
        return sum(record.add(store / path.name, path.read_bytes()) for path in files)
    except OSError as error:
        raise StoreError(f"{store} cannot be written ({error.strerror})") from error
    except RecordError as error:
        raise StoreDiffersError(str(error)) from error

"""What was erased, without saying whose it was: receipts in a chain, beside the ledger.

    erased/receipts/00000001.json    one for each erasure, never changed

A receipt has the SHA-256 of the one before it (64 zeros before the first) and the ledger's head when it was
written. Each publication has the list of their hashes as a document, which its manifest names, which the
signed record of its head names: so who removes or changes a receipt is found out as who changes a figure is.

Belongs here: the form, the chain, reading and writing. Does not belong here: erasing (`carrying.py`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from erasure.door import FOLDER
from erasure.keyed import ErasureError
from erasure.places import durably

#: The document of a publication: the hashes of the receipts that there were.
DOCUMENT: Final = "erasures.json"
_RECEIPTS: Final = "receipts"
_FORMAT: Final = "nps erasure 1"
_NONE: Final = "0" * 64


@dataclass(frozen=True)
class Receipt:
    """One erasure. `requests` are keyed hashes of what was named, `records` counts by raw table, `destroyed`
    keys of the vault; `before` and `after` are digests of raw (`raw.digest`). `searched` files were looked
    through for `texts` texts, and `left` of them still had some."""

    sequence: int
    erased_at: str
    requests: tuple[str, ...]
    records: dict[str, int]
    destroyed: int
    before: str
    after: str
    searched: int
    texts: int
    left: int
    ledger_head: str
    previous: str = _NONE

    def as_bytes(self) -> bytes:
        """The bytes of the file."""
        said = {"format": _FORMAT, **asdict(self)}
        return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode("ascii")


def kept(home: Path) -> list[tuple[Receipt, str]]:
    """All receipts with the SHA-256 of each, in order, after the chain was followed.

    Raises ErasureError at the first that is missing, changed or none.
    """
    found: list[tuple[Receipt, str]] = []
    previous = _NONE
    paths = sorted((home / FOLDER / _RECEIPTS).glob("*.json"))
    for sequence, path in enumerate(paths, start=1):
        data = path.read_bytes()
        receipt = _read(data, path)
        if path.name != _name(sequence) or receipt.sequence != sequence or receipt.previous != previous:
            raise ErasureError(
                f"the receipts of erasures break at {path}: it was changed, or one before it is missing;"
                " restore it from a backup"
            )
        previous = hashlib.sha256(data).hexdigest()
        found.append((receipt, previous))
    return found


def add(home: Path, **said: Any) -> Receipt:
    """Write the next receipt. Raises ErasureError as `kept`."""
    before = kept(home)
    receipt = Receipt(sequence=len(before) + 1, previous=before[-1][1] if before else _NONE, **said)
    durably(home / FOLDER / _RECEIPTS / _name(receipt.sequence), receipt.as_bytes())
    return receipt


def document(home: Path) -> bytes | None:
    """The hashes of all receipts, for a publication; None where nothing was erased. Raises as `kept`."""
    hashes = [digest for _, digest in kept(home)]
    return (json.dumps(hashes, indent=1) + "\n").encode("ascii") if hashes else None


def verify(home: Path, published: bytes | None) -> int:
    """How many receipts there are, after comparing them with the document of a publication.

    Raises ErasureError where one that was published is gone or is another.
    """
    hashes = [digest for _, digest in kept(home)]
    said = json.loads(published) if published else []
    if hashes[: len(said)] != said:
        raise ErasureError(
            f"{len(said)} receipts of erasures were published, and those in {home / FOLDER / _RECEIPTS} are"
            " not the same: restore them from a backup"
        )
    return len(hashes)


def requests(home: Path) -> frozenset[str]:
    """Keyed hashes of all requests that were carried out. Raises as `kept`."""
    return frozenset(each for receipt, _ in kept(home) for each in receipt.requests)


def _name(sequence: int) -> str:
    return f"{sequence:08}.json"


def _read(data: bytes, path: Path) -> Receipt:
    try:
        said = json.loads(data)
        if said.pop("format") != _FORMAT:
            raise ValueError("another format")
        return Receipt(**{**said, "requests": tuple(said["requests"])})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ErasureError(f"{path} is no receipt of an erasure ({error}); restore it") from error

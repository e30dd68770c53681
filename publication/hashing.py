"""How the ledger's rows are hashed, whatever they are rows of.

Belongs here: the hash of a content, and of a row that follows another. Does not belong here: the content of a
score's row (`ledger`) or of a figure of money (`money_ledger`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import orjson

GENESIS = "0" * 64


class LedgerError(Exception):
    """The ledger has changed since it was written. The message names file and row; nothing is published."""


def content_hash(values: Iterable[str]) -> str:
    """SHA-256 of a content, given as the texts it consists of."""
    return hashlib.sha256(orjson.dumps(list(values))).hexdigest()


def row_hash(previous_hash: str, digest: str) -> str:
    """The hash of a row with this content hash that follows the row with `previous_hash`."""
    return hashlib.sha256(f"{previous_hash}{digest}".encode("ascii")).hexdigest()

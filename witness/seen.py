"""What a witness saw: the head of a publication, and where that is known, when.

Belongs here: reading what a witness kept, whatever kind it is. Does not belong here: comparing it with a
ledger (`checking`).
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.x509 import Certificate

from witness import record, timestamps
from witness.record import STAMP_SUFFIX, Head

#: As `serving/digest` writes it: "number 3 of the ledger, head 5c0f…". An e-mail may break lines in between.
_DIGEST = re.compile(r"number\s+(\d+)\s+of\s+the\s+ledger,\s+head\s+([0-9a-f]{64})\b")
_MOST = 16 * 2**20


class WitnessError(Exception):
    """A witness cannot be reached, or what it kept cannot be read. The message names it."""


@dataclass(frozen=True)
class Seen:
    """`head` was the ledger's last hash after publication `sequence`; `at` is the time of a clock outside."""

    witness: str
    sequence: int
    head: str
    at: datetime | None = None


def read(path: Path, own: Mapping[int, Head], trusted: list[Certificate]) -> list[Seen]:
    """What a witness saw: a file store's folder, a time stamp (`.tsr`), or a digest that somebody kept.

    A time stamp is of the record beside it (`00000003.json` of `00000003.tsa.tsr`), else of one of `own`.
    Raises WitnessError, RecordError if it is none of these, or if its time stamp is not valid.
    """
    try:
        if path.is_dir():
            found = record.kept(path).values()
            seen = [Seen(str(path), each.record.sequence, each.record.ledger_head) for each in found]
        elif path.suffix == STAMP_SUFFIX:
            seen = [_stamped(path, own, trusted)]
        else:
            seen = _digested(path)
    except OSError as error:
        raise WitnessError(f"the witness {path} cannot be read ({error.strerror})") from error
    if not seen:
        raise WitnessError(f"the witness {path} names no head of a ledger")
    return seen


def _stamped(path: Path, own: Mapping[int, Head], trusted: list[Certificate]) -> Seen:
    token = _bytes(path)
    beside = path.with_name(f"{path.name.partition('.')[0]}{record.RECORD_SUFFIX}")
    if beside.is_file():
        head = record.head(_bytes(beside), None, beside)
    else:
        matching = [each for each in own.values() if timestamps.is_of(token, each.text)]
        if not matching:
            raise WitnessError(
                f"{path} stamps none of the {len(own)} heads here: the ledger is another, or was rewritten."
                " With the record that was stamped beside it (00000001.json), its publication can be named"
            )
        [head] = matching
    try:
        at = timestamps.checked(token, head.text, trusted)
    except timestamps.TimestampError as error:
        raise WitnessError(f"{path}: {error}") from error
    return Seen(str(path), head.record.sequence, head.record.ledger_head, at)


def _digested(path: Path) -> list[Seen]:
    """The heads that a kept digest names: an e-mail as it was saved, or its text."""
    raw = _bytes(path)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html")) if message["Subject"] else None
    text = str(body.get_content()) if body is not None else raw.decode("utf-8", "replace")
    return [Seen(str(path), int(number), head) for number, head in _DIGEST.findall(text)]


def _bytes(path: Path) -> bytes:
    if not path.is_file() or path.stat().st_size > _MOST:
        raise WitnessError(f"the witness {path} is no file of at most {_MOST // 2**20} MiB")
    return path.read_bytes()

"""What the proofs of scores and of money share: a pack's files as rows, and what was proved.

Belongs here: reading a pack's tables. Does not belong here: any check of a figure (`proof`, `money_proof`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any, TypeAlias

from publication.evidence import PUBLICATION
from publication.pack import Pack, PackError
from witness import record
from witness.record import Head, RecordError

TOLERANCE = 1e-9
Row: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Proof:
    """What was proved: a sentence for each check that holds, and what the pack lacks. `recorded` is the
    record of the publication's head, signed or not; None in a pack of an earlier release."""

    checks: tuple[str, ...]
    missing: tuple[str, ...]
    figures: int
    sequence: int
    head: str
    recorded: Head | None = None


def publication(opened: Pack) -> dict[str, Any]:
    """What the publication's own manifest says; sequence, head, as-of and version as text."""
    try:
        said: dict[str, Any] = json.loads(opened.text(PUBLICATION))
        return said | {name: str(said[name]) for name in ("sequence", "ledger_head", "as_of", "version")}
    except (ValueError, KeyError, TypeError) as error:
        raise PackError(f"{PUBLICATION} in {opened.path} cannot be read ({error})") from error


def recorded(opened: Pack, proof: Proof) -> Head | None:
    """The record of the publication's head: it must be of the pack's own manifest and of the proved head."""
    try:
        found = record.within(opened.files, f"{record.FILE} in {opened.path}")
    except RecordError as error:
        raise PackError(str(error)) from error
    if found is None:
        return None
    digest = hashlib.sha256(opened.files[PUBLICATION]).hexdigest()
    said = found.record
    if (said.sequence, said.ledger_head, said.manifest_sha256) != (proof.sequence, proof.head, digest):
        raise PackError(f"{record.FILE} in {opened.path} is of another publication than {PUBLICATION}")
    return found


def read(opened: Pack, name: str) -> list[dict[str, str]]:
    """The rows of a table in the pack."""
    try:
        return list(csv.DictReader(io.StringIO(opened.text(name), newline=""), strict=True))
    except csv.Error as error:
        raise PackError(f"{name} in {opened.path} cannot be read ({error})") from error


def numbered(rows: Sized) -> str:
    """How many figures these are, in words."""
    return "1 figure is" if len(rows) == 1 else f"{len(rows):,} figures are"

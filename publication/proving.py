"""What the proofs of scores and of money share: a pack's files as rows, and what was proved.

Belongs here: reading a pack's tables. Does not belong here: any check of a figure (`proof`, `money_proof`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any, TypeAlias

from publication.evidence import PUBLICATION
from publication.pack import Pack, PackError

TOLERANCE = 1e-9
Row: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Proof:
    """What was proved: a sentence for each check that holds, and what the pack lacks."""

    checks: tuple[str, ...]
    missing: tuple[str, ...]
    figures: int
    sequence: int
    head: str


def publication(opened: Pack) -> dict[str, Any]:
    """What the publication's own manifest says; sequence, head, as-of and version as text."""
    try:
        said: dict[str, Any] = json.loads(opened.text(PUBLICATION))
        return said | {name: str(said[name]) for name in ("sequence", "ledger_head", "as_of", "version")}
    except (ValueError, KeyError, TypeError) as error:
        raise PackError(f"{PUBLICATION} in {opened.path} cannot be read ({error})") from error


def read(opened: Pack, name: str) -> list[dict[str, str]]:
    """The rows of a table in the pack."""
    try:
        return list(csv.DictReader(io.StringIO(opened.text(name), newline=""), strict=True))
    except csv.Error as error:
        raise PackError(f"{name} in {opened.path} cannot be read ({error})") from error


def numbered(rows: Sized) -> str:
    """How many figures these are, in words."""
    return "1 figure is" if len(rows) == 1 else f"{len(rows):,} figures are"

"""Telling each witness the heads that it lacks: file stores all of them, time-stamp authorities the newest.

A stamp of the newest head covers what was published before. Stamps are kept in `heads/`, and so reach the
file stores. Belongs here: whom to tell what. Does not belong here: how (`witness`), or when
(`defs/witnesses`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from company.witnessing import Witness
from witness import record, stores, timestamps
from witness.record import STAMP_SUFFIX


class NotToldError(Exception):
    """A witness could not be reached; the message names it. What was published stays published."""


@dataclass
class Report:
    """How many files each witness got, who could not be reached and why, and who saw another head."""

    told: dict[str, int] = field(default_factory=dict)
    unreached: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)


def tell(heads: Path, named: Sequence[Witness]) -> Report:
    """Tell each witness what it lacks of `heads`; one that fails keeps no other from being told."""
    report = Report()
    # Authorities first: the stores then get today's stamps too.
    for each in sorted(named, key=lambda each: each.folder is not None):
        try:
            if each.folder is not None:
                report.told[each.name] = stores.add(each.folder, heads)
            else:
                report.told[each.name] = _stamped(heads, each)
        except (stores.StoreError, timestamps.TimestampError) as error:
            report.unreached.append(f"{each.name}: {error}")
        except stores.StoreDiffersError as error:
            report.differ.append(f"the witness {each.name} saw something else: {error}")
    return report


def _stamped(heads: Path, authority: Witness) -> int:
    """Have the newest head stamped, unless it is; how many stamps that made. Raises TimestampError."""
    newest = max(record.kept(heads).items(), default=None)
    assert authority.certificates is not None
    if newest is None:
        return 0
    stamp = heads / f"{record.stem(newest[0])}.{authority.name}{STAMP_SUFFIX}"
    if stamp.exists():
        return 0
    trusted = timestamps.certificates(authority.certificates)
    record.add(stamp, timestamps.ask(authority.url, newest[1].text, trusted))
    return 1

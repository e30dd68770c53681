"""What stages of accounts were called when, where a CRM gives their names apart.

Belongs here: names in place of ids. Does not belong here: which stage an account was in (`crm`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from expectations.raw_tables import STAGE_TABLES
from expectations.recount.ids import trimmed
from expectations.recount.versions import RawRecords

#: Since when, and the name; the first since always.
Names: TypeAlias = Sequence[tuple[int, str]]
#: CRM and id of a stage → its names.
Stages: TypeAlias = Mapping[tuple[str, str], Names]
_EVER = (-(2**63), 2**63)


def read(records: RawRecords) -> Stages:
    """All names that raw has of any stage."""
    found: dict[tuple[str, str], Names] = {}
    for vendor, table in STAGE_TABLES.items():
        if records.columns(vendor, table):
            for stage, versions in records.histories(vendor, table, ("stage_name",), trimmed).items():
                since = [_EVER[0], *(row[2] for row in versions[1:])]
                found[vendor, stage] = [
                    (at, trimmed(row[4])) for at, row in zip(since, versions, strict=True)
                ]
    return found


def last_name(stages: Stages, source: str, stage: str | None) -> str | None:
    """What a stage is called now; what has no name is what it is."""
    return stages[source, stage][-1][1] if stage and (source, stage) in stages else stage


def named(
    stages: Stages, source: str, since: Sequence[int], held: Sequence[str | None]
) -> tuple[list[int], list[str | None]]:
    """The stages that were held since some moments as they were called, and since when."""
    moments: list[int] = []
    called: list[str | None] = []
    for (start, end), stage in zip(pairwise([*since, _EVER[1]]), held, strict=True):
        names = stages.get((source, stage or ""), [(_EVER[0], stage)])
        first = bisect_right(names, start, key=lambda name: name[0]) - 1
        for at, name in names[first:]:
            if at < end and start < end:
                moments.append(max(at, start))
                called.append(name)
    return moments, called

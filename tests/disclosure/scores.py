"""What is published of the members of one dimension in one period, as an attacker reads it.

Belongs here: which published counts add up to which. Does not belong here: the system (`attacker`), what may
be learnt (the tests).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from tests.disclosure.attacker import Attacker

Row: TypeAlias = Mapping[str, Any]
Interval: TypeAlias = tuple[float, float]
BANDS = ("promoters", "passives", "detractors")


def attacker(company: Row, members: Iterable[Row]) -> Attacker:
    """All that the rows of `nps_scores` of a group, and their company's, say of counts; members by `name`."""
    found, rows = Attacker(), list(members)
    for row in rows:
        found.learns({(row["name"], band): 1 for band in BANDS}, row["responses"])
        if row["promoters"] is not None:
            for band in BANDS:
                found.knows((row["name"], band), row[band])
    for band in BANDS:
        found.learns({(row["name"], band): 1 for row in rows}, company[band])
    return found


def learnt(company: Row, members: Sequence[Row], row: Row) -> tuple[Interval, ...]:
    """The bounds of a member's counts, band by band."""
    attack = attacker(company, members)
    return tuple(attack.interval((row["name"], band)) for band in BANDS)


def in_doubt(bounds: Iterable[Interval]) -> int:
    """Of how many bands a count may be one more or less."""
    return sum(greatest - least > 1 - 1e-6 for least, greatest in bounds)

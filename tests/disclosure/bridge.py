"""What is published of the answers between the lines of bridges, as an attacker reads it.

Belongs here: which published counts add up to which. Does not belong here: the system (`attacker`), what may
be learnt (the tests).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from tests.disclosure.attacker import Attacker

Row: TypeAlias = Mapping[str, Any]
BANDS = ("promoters", "passives", "detractors")
#: What has no band.
OTHER = "no band"
ALL = "(all)"


def attacker(rows: Iterable[Row]) -> Attacker:
    """All that the bridges of one survey type and month say, of the type and of each survey."""
    found, bridges = Attacker(), defaultdict[str, list[Row]](list)
    for row in rows:
        if row["kind"] not in ("shown", "beside"):
            bridges[row["survey_id"]].append(row)
    for survey, lines in bridges.items():
        lines.sort(key=lambda row: row["line_number"])
        for place, row in enumerate(lines):
            # what is left after a line is taken out by those below it, or counts, as the last has it
            below = [each["line_name"] for each in lines[min(place + 1, len(lines) - 1) :]]
            kinds = (*BANDS, OTHER)
            found.learns({(survey, name, kind): 1 for name in below for kind in kinds}, row["answers"])
            if row["promoters"] is not None:
                for band in BANDS:
                    found.learns({(survey, name, band): 1 for name in below}, row[band])
    whole = bridges.pop(ALL)
    for row in whole[1:]:
        for kind in (*BANDS, OTHER):
            found.adds_up(
                [(survey, row["line_name"], kind) for survey in bridges], (ALL, row["line_name"], kind)
            )
    return found

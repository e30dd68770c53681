"""What publications on release days tell of the answers that came in between, as an attacker reads them all.

Unknowns are what a member answered between two release days of the company, band by band. How many answers
came is shown of every cell, hidden or not.

Belongs here: which published counts add up to which. Does not belong here: the system (`attacker`), what may
be told (`expectations.recount.released`), what may be learnt (the tests).
"""

from __future__ import annotations

from collections.abc import Hashable

from expectations.recount.statistics import Integers
from expectations.recount.suppression import Mask
from tests.disclosure.attacker import Attacker


def attacker(came: Integers, company: Mask, members: Mask) -> Attacker:
    """`came[slot, member, band]`; until the end of which slot the company and each member are told."""
    found = Attacker()
    slots, size, bands = came.shape
    for slot in range(slots):
        for member in range(size):
            unknown: dict[Hashable, float] = {(slot, member, band): 1.0 for band in range(bands)}
            found.learns(unknown, int(came[slot, member].sum()))
            if members[slot, member]:
                for band in range(bands):
                    own: dict[Hashable, float] = {(each, member, band): 1.0 for each in range(slot + 1)}
                    found.learns(own, int(came[: slot + 1, member, band].sum()))
        if company[slot]:
            for band in range(bands):
                all_of_them: dict[Hashable, float] = {
                    (each, member, band): 1.0 for each in range(slot + 1) for member in range(size)
                }
                found.learns(all_of_them, int(came[: slot + 1, :, band].sum()))
    return found

"""What two branches do about their score: invitations that bounce, answers given at the counter.

Belongs here: which invitations and answers are concerned. Does not belong here: how they are recorded
(`invitations.py`, `responses.py`). It draws from a stream of its own, so that nothing else changes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from demo.company.effects import Effects
from demo.company.people import People
from demo.company.size import Bools, Ints, Size, seconds
from demo.company.surveys import Asked

SINCE: Final = seconds(2025, 1, 1)


def bounced(size: Size, effects: Effects, people: People, asked: Asked) -> Bools:
    """The invitations that one branch lets bounce, one entry each, if nobody answers them."""
    planted = effects.manipulation
    home = people.accounts.branch.value_at(asked.account, asked.sent)
    drawn = size.stream("bounced").random(len(asked.sent)) < planted.bounced_share
    found: Bools = drawn & (home == planted.bouncing_branch % size.branches) & (asked.sent >= SINCE)
    return found


def at_counter(size: Size, effects: Effects, people: People, about: Asked, responded: Ints) -> Bools:
    """The answers that were filled in at the counter of another, one entry each."""
    planted = effects.manipulation
    home = people.accounts.branch.value_at(about.account, responded)
    branch = np.where(about.branch >= 0, about.branch, home)
    drawn = size.stream("counter").random(len(responded)) < planted.one_device_share
    found: Bools = drawn & (branch == planted.counter_branch % size.branches) & (responded >= SINCE)
    return found

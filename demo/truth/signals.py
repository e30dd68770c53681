"""Invitations that did not arrive because they bounced, by branch: what a branch was planted to do.

Belongs here: how many of how many, in the 365 days up to as-of. Does not belong here: whether that is
surprising, which the warehouse says, or who was planted (`demo.company.manipulation`).
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

import pyarrow as pa

from demo.company import World
from demo.truth.attributes import Attributes
from demo.truth.definition import DAY, REGISTRY, TRAILING_DAYS
from demo.truth.facts import EPOCH
from demo.truth.known import Known

_COLUMNS: Final = ("survey_type", "branch", "observed", "exposure")


def bounce_table(world: World, known: Known, as_of: date) -> pa.Table:
    """`bounced_invitations` of every survey type and branch, also of those with few."""
    asking = {survey: question.survey_type for (survey, _), question in REGISTRY.items()}
    start = ((as_of - EPOCH).days - TRAILING_DAYS["trailing_365d"]) * DAY
    sent = [
        one
        for one in known.invitations.values()
        if one.survey_id in asking and start <= one.sent < known.clock
    ]
    homes = [known.contact_account.get(one.contact or "") for one in sent]
    account = pa.array([known.account_number.get(home or "", -1) for home in homes], pa.int64()).to_numpy()
    at = pa.array([one.sent for one in sent], pa.int64()).to_numpy()
    branches = Attributes(world, known).dimensions(account, at, [None] * len(sent))["branch"].tolist()
    some: Counter[tuple[str, str]] = Counter()
    every: Counter[tuple[str, str]] = Counter()
    for one, branch in zip(sent, branches, strict=True):
        some[asking[one.survey_id], branch] += one.status == "bounced"
        every[asking[one.survey_id], branch] += 1
    rows = [(*key, some[key], exposure) for key, exposure in sorted(every.items())]
    return pa.Table.from_pylist([dict(zip(_COLUMNS, row, strict=True)) for row in rows])

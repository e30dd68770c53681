"""The six members under which an answer is counted: as they were when it was given, never as they are now.

Belongs here: from account, branch, question and revenue to governed members. Does not belong here: reading
any of them (`crm`, `revenue`, `raw`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from expectations.definition import Version
from expectations.recount.crm import Crm
from expectations.recount.identities import Identities
from expectations.recount.ids import identity
from expectations.recount.raw import Answer, Invitation
from expectations.recount.revenue import Revenue
from expectations.recount.rules import Question

UNASSIGNED = "Unassigned"
_TEN_THOUSANDTHS = 10_000


class Members(NamedTuple):
    """A member of each governed dimension; `Unassigned` where nothing is known."""

    customer_value_tier: str = UNASSIGNED
    journey_stage: str = UNASSIGNED
    branch: str = UNASSIGNED
    region: str = UNASSIGNED
    plan: str = UNASSIGNED
    channel: str = UNASSIGNED


@dataclass(frozen=True)
class Known:
    """Who is who, what the CRM knows and what was earned."""

    who: Identities
    crm: Crm
    revenue: Revenue


def worths(accounts: Sequence[str | None], moments: Sequence[int], revenue: Revenue) -> list[int | None]:
    """What each account was worth at its moment, in ten-thousandths; None without an account."""
    known = [place for place, account in enumerate(accounts) if account is not None]
    found = revenue.trailing(
        [accounts[place] or "" for place in known], np.array([moments[place] for place in known], np.int64)
    )
    worth: list[int | None] = [None] * len(accounts)
    for place, amount in zip(known, found.tolist(), strict=True):
        worth[place] = amount
    return worth


def as_of(
    when: int,
    record: Answer | Invitation,
    question: Question,
    version: Version,
    account: str | None,
    worth: int | None,
    known: Known,
) -> Members:
    """The members of an answer or invitation at a moment; `worth`: ten-thousandths, None without account."""
    crm = known.crm
    stage = question.journey_stage or identity(crm.attribute(account, "lifecycle_stage", when))
    own = record.branch if record.branch in crm.branches else None
    key = own or identity(crm.attribute(account, "branch_id", when))
    return Members(
        tier(version, worth) if worth is not None else UNASSIGNED,
        stage if stage in version.journey_stages else UNASSIGNED,
        *branch_and_region(crm, key, account, when),
        crm.attribute(account, "plan", when) or UNASSIGNED,
        record.channel or UNASSIGNED,
    )


def branch_and_region(crm: Crm, key: str | None, account: str | None, when: int) -> tuple[str, str]:
    """A branch as the CRM writes it, and its region, else that of the account as of the moment."""
    branch = crm.branches.get(key or "")
    region = branch.region if branch is not None else None
    return (
        branch.name if branch is not None else UNASSIGNED,
        region or crm.attribute(account, "region", when) or UNASSIGNED,
    )


def tier(version: Version, revenue: int) -> str:
    """The tier of so much revenue (ten-thousandths); below the lowest minimum it is the lowest."""
    for name, minimum in version.tiers:
        if revenue >= minimum * _TEN_THOUSANDTHS:
            return name
    return version.tiers[-1][0]

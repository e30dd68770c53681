"""The six members under which an answer is counted: as they were when it was given, never as they are now.

Belongs here: from account, branch, question and revenue to governed members. Does not belong here: reading
any of them (`crm`, `billing`, `raw`).
"""

from __future__ import annotations

from typing import NamedTuple

from expectations.definition import Version
from expectations.recount.billing import Revenue
from expectations.recount.crm import Crm
from expectations.recount.identities import Identities
from expectations.recount.raw import identity
from expectations.recount.rules import Judged

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


def members(judged: Judged, identities: Identities, crm: Crm, revenue: Revenue) -> Members:
    """The members of an answer that counts."""
    answer, _, question, version = judged
    if version is None or question is None or answer.responded_at is None:
        return Members()
    when, account = answer.responded_at, identities.account(answer)
    stage = question.journey_stage or identity(crm.attribute(account, "lifecycle_stage", when))
    key = answer.branch if answer.branch in crm.branches else identity(crm.attribute(account, "branch", when))
    branch = crm.branches.get(key or "")
    return Members(
        tier(version, revenue.trailing(account, when)) if account is not None else UNASSIGNED,
        stage if stage in version.journey_stages else UNASSIGNED,
        (branch.name if branch else key) or UNASSIGNED,
        (branch.region if branch else None) or UNASSIGNED,
        crm.attribute(account, "plan", when) or UNASSIGNED,
        answer.channel or UNASSIGNED,
    )


def tier(version: Version, revenue: int) -> str:
    """The tier of so much revenue (ten-thousandths); below the lowest minimum it is the lowest."""
    for name, minimum in version.tiers:
        if revenue >= minimum * _TEN_THOUSANDTHS:
            return name
    return version.tiers[-1][0]

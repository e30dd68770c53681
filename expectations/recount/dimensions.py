"""The six members under which an answer is counted: as they were when it was given, never as they are now.

Belongs here: from account, branch, question and revenue to governed members. Does not belong here: reading
any of them (`crm`, `billing`, `raw`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from expectations.definition import Version
from expectations.recount.billing import Revenue
from expectations.recount.crm import Crm
from expectations.recount.identities import Identities
from expectations.recount.raw import Answer, Invitation, identity
from expectations.recount.rules import Judged, Question

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


def members(judged: Judged, known: Known) -> tuple[int | None, Members]:
    """What the account of an answer that counts was worth (ten-thousandths), and the answer's members."""
    answer, _, question, version = judged
    if version is None or question is None or answer.responded_at is None:
        return None, Members()
    when, account = answer.responded_at, known.who.account(answer)
    worth = known.revenue.trailing(account, when) if account is not None else None
    return worth, as_of(when, answer, question, version, account, worth, known)


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
    key = own or identity(crm.attribute(account, "branch", when))
    return Members(
        tier(version, worth) if worth is not None else UNASSIGNED,
        stage if stage in version.journey_stages else UNASSIGNED,
        *branch_and_region(crm, key),
        crm.attribute(account, "plan", when) or UNASSIGNED,
        record.channel or UNASSIGNED,
    )


def branch_and_region(crm: Crm, key: str | None) -> tuple[str, str]:
    """A branch as the CRM writes it, and its region; one the CRM does not know stays as it is."""
    branch = crm.branches.get(key or "")
    if branch is None:
        return key or UNASSIGNED, UNASSIGNED
    return branch.name, branch.region or UNASSIGNED


def tier(version: Version, revenue: int) -> str:
    """The tier of so much revenue (ten-thousandths); below the lowest minimum it is the lowest."""
    for name, minimum in version.tiers:
        if revenue >= minimum * _TEN_THOUSANDTHS:
            return name
    return version.tiers[-1][0]

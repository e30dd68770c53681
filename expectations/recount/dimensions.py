"""The members under which an answer is counted: as they were when it was given, never as they are now.

Belongs here: from account, branch, question and revenue to governed members. Does not belong here: reading
any of them (`crm`, `revenue`, `raw`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from expectations.definition import Version
from expectations.dimensions import BUILT_IN, UNASSIGNED, Dimensions
from expectations.recount.crm import Crm
from expectations.recount.identities import Identities
from expectations.recount.ids import identity
from expectations.recount.raw import Answer, Invitation
from expectations.recount.revenue import Revenue
from expectations.recount.rules import Question

_TEN_THOUSANDTHS = 10_000


@dataclass(frozen=True)
class Known:
    """Who is who, what the CRM knows, what was earned, and what an answer is counted under."""

    who: Identities
    crm: Crm
    revenue: Revenue
    dimensions: Dimensions = BUILT_IN


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
) -> tuple[str, ...]:
    """The member of each dimension that an answer or invitation has at a moment, or `Unassigned`; `worth`:
    ten-thousandths, None without account."""
    crm = known.crm
    stage = question.journey_stage or identity(crm.attribute(account, "lifecycle_stage", when))
    own = record.branch if record.branch in crm.branches else None
    key = own or identity(crm.attribute(account, "branch_id", when))
    members = (
        tier(version, worth) if worth is not None else UNASSIGNED,
        stage if stage in version.journey_stages else UNASSIGNED,
        *branch_and_region(crm, key, account, when),
        crm.attribute(account, "plan", when) or UNASSIGNED,
        record.channel or UNASSIGNED,
    )
    found = dict(zip(BUILT_IN.names, members, strict=True))
    carried = dict(zip(known.dimensions.carried("answer"), record.carried, strict=True))
    return _with_declared(known.dimensions.names, found, carried, account, when, known)


def of_account(account: str, when: int, version: Version, worth: int, known: Known) -> tuple[str, ...]:
    """The same of an account, of the dimensions that accounts have themselves."""
    crm = known.crm
    members = (
        tier(version, worth),
        *branch_and_region(crm, identity(crm.attribute(account, "branch_id", when)), account, when),
        crm.attribute(account, "plan", when) or UNASSIGNED,
    )
    found = dict(zip(BUILT_IN.of_accounts, members, strict=True))
    return _with_declared(known.dimensions.of_accounts, found, {}, account, when, known)


def _with_declared(
    names: Sequence[str],
    members: dict[str, str],
    carried: Mapping[str, str | None],
    account: str | None,
    when: int,
    known: Known,
) -> tuple[str, ...]:
    """The members of `names`: those given, those that records carry, then those that follow from others."""
    wanted = [each for each in known.dimensions.declared if each.name in names]
    for each in wanted:
        if each.source:
            of_account = each.level == "account"
            member = known.crm.attribute(account, each.name, when) if of_account else carried[each.name]
            members[each.name] = member or UNASSIGNED
    members |= {each.name: each.follows(members[each.of]) for each in wanted if each.of}
    return tuple(members[name] for name in names)


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

"""Who exists: branches, employees, accounts and contacts, and what happens to them over three years.

Belongs here: drawing them, their attributes over time, merges and deletions. Does not belong here: what they
answer (`answers.py`), pay (`billing.py`), or how they look as tables (`crm.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from demo.company.effects import Effects, Moves
from demo.company.size import DAY, END, MISSING, NEVER, START, Bools, Floats, Ints, Size, seconds
from demo.company.timeline import Timeline

REGIONS: Final = ("North", "West", "Central", "East", "South")
PLANS: Final = ("Essential", "Growth", "Scale", "Enterprise")
PLAN_MONTHLY_EUR: Final = (247.0, 911.0, 3_583.0, 13_127.0)
STAGES: Final = ("onboarding", "adoption", "renewal")
ONBOARDING, ADOPTION, RENEWAL = range(3)
STATUSES: Final = ("active", "churned")


@dataclass(frozen=True)
class Accounts:
    """One entry an account; timelines begin at START and end where the account does."""

    created: Ints
    industry: Ints
    parent: Ints
    branch: Timeline
    owner: Timeline
    plan: Timeline
    stage: Timeline
    monthly_factor: Floats
    opinion: Floats
    onboarding_failed: Bools
    merged_into: Ints
    merged_at: Ints
    deleted_at: Ints

    @property
    def gone(self) -> Ints:
        """When the account was merged away or deleted, NEVER if it was not."""
        return np.minimum(
            np.where(self.merged_at == MISSING, NEVER, self.merged_at),
            np.where(self.deleted_at == MISSING, NEVER, self.deleted_at),
        )

    def monthly_eur(self, account: Ints, at: Ints) -> Floats:
        """List price a month in EUR of each account at each moment."""
        listed: Floats = np.asarray(PLAN_MONTHLY_EUR)[self.plan.value_at(account, at)]
        return listed * self.monthly_factor[account]


@dataclass(frozen=True)
class Contacts:
    """One entry a contact; an account's contacts are neighbours, from `first[a]`, `count[a]` of them."""

    account: Ints
    created: Ints
    opinion: Floats
    email_of: Ints
    merged_into: Ints
    merged_at: Ints
    deleted_at: Ints
    first: Ints
    count: Ints


@dataclass(frozen=True)
class People:
    """Everybody the company knows."""

    branch_region: Ints
    branch_manager: Ints
    branch_opinion: Floats
    employee_branch: Ints
    accounts: Accounts
    contacts: Contacts


def simulate_people(size: Size, effects: Effects) -> People:
    """Draw everybody; deterministic from the seed."""
    rng = size.stream("branches")
    opinion = rng.normal(0.0, effects.opinion.branch_spread, size.branches)
    opinion[effects.opinion.worst_branch % size.branches] = effects.opinion.worst_branch_effect
    opinion[effects.opinion.best_branch % size.branches] = effects.opinion.best_branch_effect
    accounts = _accounts(size, effects, size.stream("accounts"))
    return People(
        branch_region=np.arange(size.branches, dtype=np.int64) % size.regions,
        branch_manager=rng.integers(0, size.employees, size.branches),
        branch_opinion=opinion,
        employee_branch=np.arange(size.employees, dtype=np.int64) % size.branches,
        accounts=accounts,
        contacts=_contacts(size, effects, accounts, size.stream("contacts")),
    )


def _accounts(size: Size, effects: Effects, rng: np.random.Generator) -> Accounts:
    n = size.accounts
    early = rng.random(n) < 0.6
    created = np.where(
        early,
        rng.integers(seconds(2018, 1, 1), START - DAY, n),
        rng.integers(START, END - DAY, n),
    )
    created.sort()
    failed = rng.random(n) < effects.onboarding.failing_share
    merged_into, merged_at = _merges(
        rng, created, effects.moves.merged_accounts, effects.moves.chained_share, None
    )
    deleted = (rng.random(n) < effects.moves.deleted_accounts) & (merged_into < 0)
    # Who has taken in another account is not deleted: a survivor that is gone would be no survivor.
    deleted[merged_into[merged_into >= 0]] = False
    deleted_at = np.where(deleted, _between(rng, np.maximum(created + 30 * DAY, START), END), MISSING)
    gone = np.minimum(
        np.where(merged_at == MISSING, END, merged_at), np.where(deleted_at == MISSING, END, deleted_at)
    )
    since = np.maximum(created + 30 * DAY, START + DAY)
    branch0 = rng.integers(0, size.branches, n)
    owner0 = rng.integers(0, size.employees, n)
    plan0 = rng.choice(len(PLANS), n, p=(0.45, 0.3, 0.18, 0.07)).astype(np.int64)
    moves = effects.moves
    return Accounts(
        created=created,
        industry=rng.integers(0, 6, n),
        parent=np.where(rng.random(n) < 0.04, rng.integers(0, n, n) // 2, -1),
        branch=_reassigned(rng, branch0, since, moves.branch, size.branches).between(START, gone),
        owner=_reassigned(rng, owner0, since, moves.owner, size.employees).between(START, gone),
        plan=_plans(rng, plan0, since, moves).between(START, gone),
        stage=_stages(created, failed, effects).between(START, gone),
        monthly_factor=rng.lognormal(0.0, 0.42, n),
        opinion=rng.normal(0.0, effects.opinion.account_spread, n),
        onboarding_failed=failed,
        merged_into=merged_into,
        merged_at=merged_at,
        deleted_at=deleted_at,
    )


def _between(rng: np.random.Generator, low: Ints, high: int) -> Ints:
    """A moment in [low, high) for each entry; the last second of the range where it is empty."""
    return low + (rng.random(len(low)) * np.maximum(high - low, 1)).astype(np.int64)


def _reassigned(rng: np.random.Generator, initial: Ints, since: Ints, share: float, choices: int) -> Timeline:
    """A share of the accounts goes to another branch or owner, a fifth of them twice."""
    first = np.flatnonzero(rng.random(len(initial)) < share)
    account = np.concatenate([first, first[: len(first) // 5]])
    at = _between(rng, since[account], END)
    return Timeline.of(initial, account, at, rng.integers(0, choices, len(account)))


def _plans(rng: np.random.Generator, initial: Ints, since: Ints, moves: Moves) -> Timeline:
    account = np.flatnonzero(rng.random(len(initial)) < moves.plan)
    step = np.where(rng.random(len(account)) < moves.upgrade_share, 1, -1)
    value = np.clip(initial[account] + step, 0, len(PLANS) - 1)
    return Timeline.of(initial, account, _between(rng, since[account], END), value)


def _stages(created: Ints, failed: Bools, effects: Effects) -> Timeline:
    """Onboarding, then adoption, with a renewal around every anniversary."""
    n = len(created)
    onboarding = effects.onboarding
    days = np.where(failed, onboarding.lasting_days, onboarding.usual_days)
    accounts, moments, values = [np.arange(n)], [created + days * DAY], [np.full(n, ADOPTION)]
    for year in range(1, 10):
        for shift, stage in ((-45, RENEWAL), (15, ADOPTION)):
            accounts.append(np.arange(n))
            moments.append(created + (365 * year + shift) * DAY)
            values.append(np.full(n, stage))
    account, at, value = (np.concatenate(parts) for parts in (accounts, moments, values))
    seen = at < END
    initial = np.full(n, ONBOARDING, dtype=np.int64)
    return Timeline.of(initial, account[seen], at[seen], value[seen])


def _merges(
    rng: np.random.Generator, created: Ints, share: float, chained: float, partner: Ints | None
) -> tuple[Ints, Ints]:
    """Losers with their direct survivor (-1: none) and the moment; some survivors lose later: chains.

    `partner` gives for each entry whom it may be merged into (-1: nobody); None: anybody created before it.
    An entry is merged only into an earlier one, so that no chain can close into a loop.
    """
    n = len(created)
    into = np.full(n, -1, dtype=np.int64)
    at = np.full(n, MISSING, dtype=np.int64)
    loser = np.flatnonzero(rng.random(n) < share)
    loser = loser[loser > 2]
    target = rng.integers(0, loser) if partner is None else partner[loser]
    loser, target = loser[target >= 0], target[target >= 0]
    into[loser] = target
    low = np.maximum(created[loser] + 60 * DAY, START)
    at[loser] = _between(rng, low, END)
    again = np.unique(target[rng.random(len(target)) < chained])
    again = again[(into[again] < 0) & (again > 2)]
    into[again] = rng.integers(0, again) if partner is None else partner[again]
    again = again[into[again] >= 0]
    latest = np.full(n, START, dtype=np.int64)
    np.maximum.at(latest, target, at[loser])
    at[again] = latest[again] + 3 * DAY
    return into, at


def _contacts(size: Size, effects: Effects, accounts: Accounts, rng: np.random.Generator) -> Contacts:
    n = len(accounts.created)
    # The more an account is asked, the more of its people are: else most answers fell into quarantine.
    count = 1 + rng.poisson(max(1.4, 0.14 * size.answers / n), n)
    first = np.cumsum(count) - count
    account = np.repeat(np.arange(n, dtype=np.int64), count)
    total = len(account)
    late = (rng.random(total) < 0.5) * rng.integers(0, 300, total) * DAY
    created = np.minimum(accounts.created[account] + late + 60, END - DAY)
    own = np.arange(total, dtype=np.int64)
    neighbour = np.where(own > first[account], own - 1, -1)
    merged_into, merged_at = _merges(
        rng, created, effects.moves.merged_contacts, effects.moves.chained_share, neighbour
    )
    deleted = (rng.random(total) < effects.moves.deleted_contacts) & (merged_into < 0)
    deleted[merged_into[merged_into >= 0]] = False
    email_of = own.copy()
    # The same person entered twice: the loser has the survivor's address. (Chains: of the one before.)
    for loser in np.flatnonzero(merged_into >= 0):
        email_of[loser] = email_of[merged_into[loser]]
    return Contacts(
        account=account,
        created=created,
        opinion=rng.normal(0.0, effects.opinion.contact_spread, total),
        email_of=email_of,
        merged_into=merged_into,
        merged_at=merged_at,
        deleted_at=np.where(deleted, _between(rng, np.maximum(created, START), END), MISSING),
        first=first,
        count=count,
    )

"""Support cases: who opens them, how they go, and who is asking, as a support tool holds it.

A case precedes each invitation to the support survey, customers whose onboarding failed have more of them in
that time, and everybody has some. Some organisations and requesters are not tied to the CRM, so that their
account is found by the contact or its address, and a few requesters nobody knows.

Belongs here: cases, their requesters and organisations. They draw from a stream of their own, so that the
rest of the company is what it would be without them. Does not belong here: what is answered about a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from demo.company import surveys
from demo.company.answers import Story
from demo.company.columns import Column, compute, joined, moments, numbers, picked
from demo.company.crm import Names
from demo.company.effects import Effects
from demo.company.people import People
from demo.company.size import DAY, END, HOUR, MISSING, NEVER, START, Ints, Size

PRIORITIES: Final = ("low", "normal", "high", "urgent")
CHANNELS: Final = ("email", "web", "chat", "voice")
#: What a case goes through, in order; each step but the first may be missing.
STATES: Final = ("new", "open", "pending", "solved", "open", "solved", "closed", "deleted")
_REPLIED, _WAITING, _SOLVED, _REOPENED, _SOLVED_AGAIN, _CLOSED, _DELETED = range(1, len(STATES))
_FIRST_TICKET: Final = 1_001
_FIRST_REQUESTER: Final = 370_000_000_001
_FIRST_ORGANIZATION: Final = 360_000_000_001
_CASES_A_YEAR: Final = 0.7
_CASES_OF_FAILED_ONBOARDING: Final = 2.5


@dataclass(frozen=True)
class Support:
    """The support tool's tables."""

    organizations: pa.Table
    requesters: pa.Table
    tickets: pa.Table
    ticket_events: pa.Table


def simulate_tickets(size: Size, effects: Effects, people: People, story: Story, names: Names) -> Support:
    """All cases, deterministic from the seed."""
    rng = size.stream("tickets")
    account, contact, opened, solved = _opened(rng, effects, people, story)
    contacts = people.contacts
    anyone = contacts.first[account] + (rng.random(len(account)) * contacts.count[account]).astype(np.int64)
    contact = np.where(contact < 0, anyone, contact)
    later = np.maximum(contacts.created[contact] + HOUR, opened)
    solved = np.where(solved == MISSING, MISSING, np.maximum(solved, later + HOUR))
    kept = later < END
    account, contact, opened, solved = account[kept], contact[kept], later[kept], solved[kept]
    order = np.argsort(opened, kind="stable")
    account, contact, opened, solved = account[order], contact[order], opened[order], solved[order]
    happened = _history(rng, opened, solved)
    ticket, step = _in_order(happened)
    return Support(
        organizations=_organizations(people, names),
        requesters=_requesters(people, names),
        tickets=_versions(rng, account, contact, happened, ticket, step),
        ticket_events=_events(ticket, step, happened[ticket, step]),
    )


def _opened(
    rng: np.random.Generator, effects: Effects, people: People, story: Story
) -> tuple[Ints, Ints, Ints, Ints]:
    """Account, contact (-1: anyone), opening and, of cases that the survey is about, the solution."""
    accounts = people.accounts
    everyone = np.arange(len(accounts.created), dtype=np.int64)
    since = np.maximum(accounts.created, START)
    until = np.minimum(np.minimum(accounts.gone, story.churned_at), END)
    years = np.maximum(until - since, 0) / (365 * DAY)
    usual = np.repeat(everyone, rng.poisson(_CASES_A_YEAR * years))
    usual_at = since[usual] + (rng.random(len(usual)) * (until - since)[usual]).astype(np.int64)
    failed = np.flatnonzero(accounts.onboarding_failed & (accounts.created >= START) & (until > since))
    troubled = np.repeat(failed, rng.poisson(_CASES_OF_FAILED_ONBOARDING, len(failed))).astype(np.int64)
    lasting = np.minimum((until - since)[troubled], effects.onboarding.lasting_days * DAY)
    troubled_at = since[troubled] + (rng.random(len(troubled)) * lasting).astype(np.int64)
    about = story.asked.where(story.asked.survey == surveys.SUPPORT)
    took = rng.integers(2 * HOUR, 5 * DAY, len(about.account))
    no_contact = np.full(len(usual) + len(troubled), -1, dtype=np.int64)
    return (
        np.concatenate([usual, troubled, about.account]),
        np.concatenate([no_contact, about.contact]),
        np.concatenate([usual_at, troubled_at, about.event - took]),
        np.concatenate([np.full(len(no_contact), MISSING, dtype=np.int64), about.event]),
    )


def _history(rng: np.random.Generator, opened: Ints, solved: Ints) -> Ints:
    """When each case comes to each of its steps, NEVER where it does not; shape (cases, steps)."""
    n = len(opened)
    at = np.full((n, len(STATES)), NEVER, dtype=np.int64)
    at[:, 0] = opened
    patience = np.where(solved == MISSING, 3 * DAY, solved - opened)
    at[:, _REPLIED] = opened + 60 * np.maximum(1, (rng.random(n) * 0.5 * patience / 60).astype(np.int64))
    replied = at[:, _REPLIED]
    usual = replied + HOUR + rng.exponential(1.5 * DAY, n).astype(np.int64)
    is_left = (rng.random(n) < 0.04) & (solved == MISSING)
    at[:, _WAITING] = np.where(is_left, replied + HOUR, NEVER)
    first = np.where(solved == MISSING, usual, np.maximum(solved, replied + 60))
    at[:, _SOLVED] = np.where(is_left, NEVER, first)
    is_reopened = (rng.random(n) < 0.12) & ~is_left
    reopened = first + rng.integers(HOUR, 4 * DAY, n)
    again = reopened + rng.integers(HOUR, 3 * DAY, n)
    at[:, _REOPENED] = np.where(is_reopened, reopened, NEVER)
    at[:, _SOLVED_AGAIN] = np.where(is_reopened, again, NEVER)
    closed = np.where(is_reopened, again, first) + 4 * DAY
    at[:, _CLOSED] = np.where(is_left, NEVER, closed)
    is_deleted = rng.random(n) < 0.015
    at[:, _DELETED] = np.where(is_deleted, opened + rng.integers(HOUR, 20 * DAY, n), NEVER)
    at[(at >= END) | (at > at[:, [_DELETED]])] = NEVER
    return at


def _in_order(happened: Ints) -> tuple[Ints, Ints]:
    """Case and step of each change, case by case in the order in which they came."""
    ticket, step = np.nonzero(happened != NEVER)
    order = np.lexsort((step, happened[ticket, step], ticket))
    return ticket[order], step[order]


def _versions(
    rng: np.random.Generator, account: Ints, contact: Ints, happened: Ints, ticket: Ints, step: Ints
) -> pa.Table:
    """A row per change of a case, with what is known of it from then on."""
    n = len(account)
    priority = rng.choice(len(PRIORITIES), n, p=(0.2, 0.55, 0.18, 0.07)).astype(np.int64)
    channel = rng.choice(len(CHANNELS), n, p=(0.5, 0.25, 0.15, 0.1)).astype(np.int64)
    of_case = happened[ticket]
    at = happened[ticket, step]
    is_past = of_case <= at[:, None]
    solved = np.where(is_past[:, _SOLVED], of_case[:, _SOLVED], MISSING)
    solved = np.where(is_past[:, _SOLVED_AGAIN], of_case[:, _SOLVED_AGAIN], solved)
    has_organization = account[ticket] % 20 != 19
    return pa.table(
        {
            "ticket_id": pa.array(_FIRST_TICKET + ticket),
            "organization_id": pa.array(_FIRST_ORGANIZATION + account[ticket], mask=~has_organization),
            "requester_id": pa.array(_FIRST_REQUESTER + contact[ticket]),
            "priority": picked(PRIORITIES, priority[ticket]),
            "channel": picked(CHANNELS, channel[ticket]),
            "status": picked(STATES, step),
            "created_at": moments(of_case[:, 0]),
            "solved_at": moments(solved),
            "first_reply_minutes": pa.array(
                (of_case[:, _REPLIED] - of_case[:, 0]) // 60, mask=~is_past[:, _REPLIED]
            ),
            "reopens": pa.array(is_past[:, _REOPENED].astype(np.int64)),
            "visible_at": moments(at),
        }
    )


def _events(ticket: Ints, step: Ints, at: Ints) -> pa.Table:
    """A row per change of a case's status; its opening is one, from nothing."""
    is_first = np.ones(len(ticket), dtype=bool)
    is_first[1:] = ticket[1:] != ticket[:-1]
    return pa.table(
        {
            "event_id": pa.array(_FIRST_REQUESTER * 10 + np.arange(len(ticket), dtype=np.int64)),
            "ticket_id": pa.array(_FIRST_TICKET + ticket),
            "old_status": picked(STATES, np.where(is_first, -1, np.roll(step, 1))),
            "new_status": picked(STATES, step),
            "visible_at": moments(at),
        }
    )


def _organizations(people: People, names: Names) -> pa.Table:
    """One for each account; every twelfth is not tied to the CRM."""
    account = np.arange(len(people.accounts.created), dtype=np.int64)
    return pa.table(
        {
            "organization_id": pa.array(_FIRST_ORGANIZATION + account),
            "account_id": picked(names.account, np.where(account % 12 == 11, -1, account)),
            "name": names.account_name,
            "visible_at": moments(people.accounts.created),
        }
    )


def _requesters(people: People, names: Names) -> pa.Table:
    """One for each contact; every fifth is known by the address alone, and a few are not known at all."""
    contact = np.arange(len(people.contacts.account), dtype=np.int64)
    stranger: Column = joined("caller", numbers(contact), "@elsewhere.example")
    is_stranger = contact % 97 == 96
    by_address = (contact % 5 == 4) | is_stranger
    known = picked(names.contact_email, np.where(is_stranger, -1, contact))
    return pa.table(
        {
            "requester_id": pa.array(_FIRST_REQUESTER + contact),
            "contact_id": picked(names.contact, np.where(by_address, -1, contact)),
            "email": compute.coalesce(known, stranger),
            "visible_at": moments(people.contacts.created),
        }
    )
